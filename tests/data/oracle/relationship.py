"""The relationship as a whole: the stream of all that happened with a client, and how healthy it is.

Health is written here from its definition: components from 0 to 100, each over its own days up to the day of
measurement, their weighted mean over those that are known, and no score where they carry less than half the weights.
"""

import numpy as np
import pandas as pd

from tests.data.oracle import contacts, dealings
from tests.data.oracle.contacts import Table

WEIGHTS = {
    "recency": 15, "frequency": 25, "followups": 5, "satisfaction": 10, "digital": 25, "balance": 15, "tenure": 5,
}  # fmt: skip
MONTHS = 36
COLUMNS = [
    "customer", "staff", "interaction_type", "product", "campaign", "channel", "event_kind", "is_work", "day", "hour",
]  # fmt: skip


def local_hour(moment: pd.Series, zone: str) -> pd.Series:
    return moment.dt.tz_localize("UTC").dt.tz_convert(zone).dt.hour.astype(float)


def events(table: Table, zone: str, clients: pd.Index, reply_hours: int) -> pd.DataFrame:
    """One row per event of a known client; ``is_work``: it is somebody's work."""
    met = contacts.interactions(table)
    talks = table("conversations").set_index("conversation_id")
    wrote = table("messages")
    deals = dealings.stage_entries(table)
    promised = contacts.followups(table, zone)
    is_done = promised["standing"] == "Completed"
    sent = dealings.recipients(table, reply_hours)
    by_campaign = table("campaigns").set_index("campaign_id")["channel"]
    statements = dealings.balances(table)
    taken = dealings.enrollments(table).rename(columns={"taken_through": "channel"})
    gone = table("retention")
    parts = {
        "Interaction": met[["customer", "staff", "interaction_type", "channel", "day", "hour"]],
        "Message": pd.DataFrame(
            {
                "customer": wrote["conversation_id"].map(talks["contact_id"]),
                "staff": wrote["agent_id"].fillna(wrote["conversation_id"].map(talks["agent_id"])),
                "interaction_type": wrote["conversation_id"].map(talks["topic"]),
                "channel": wrote["conversation_id"].map(talks["channel"]),
                "day": wrote["sent_at_day"],
                "hour": wrote["sent_at_hour"],
            }
        ),
        "Follow-up": promised[["customer", "staff", "interaction_type"]].assign(
            day=promised["done_day"].where(is_done, promised["day"]),
            hour=local_hour(promised["done_at"].where(is_done, promised["due_at"]), zone),
        ),
        "Stage change": deals[["customer", "staff", "product", "day"]].assign(hour=local_hour(deals["at"], zone)),
        "Campaign": sent[["customer", "campaign", "day", "hour"]].assign(channel=sent["campaign"].map(by_campaign)),
        "Enrolment": taken[["customer", "product", "staff", "channel", "day"]],
        "Product given up": pd.DataFrame(
            {"customer": gone["customer_id"], "product": gone["product_id"], "day": gone["churn_date"]}
        ),
        "Money in": statements.loc[statements["paid_in"].fillna(0) != 0, ["customer", "product", "day"]],
        "Money out": statements.loc[statements["taken_out"].fillna(0) != 0, ["customer", "product", "day"]],
        "Digital session": dealings.sessions(table)[["customer", "day", "hour"]],
    }
    work = {"Interaction", "Message", "Follow-up", "Stage change", "Enrolment"}
    rows = pd.concat(
        [part.assign(event_kind=kind, is_work=kind in work) for kind, part in parts.items()], ignore_index=True
    )
    rows = rows[rows["customer"].isin(clients) & rows["day"].notna()]
    return rows.reindex(columns=COLUMNS).reset_index(drop=True)


def days_of(as_of: pd.Timestamp) -> list[pd.Timestamp]:
    """The ends of the last 36 months before the last day of the data, and that day."""
    first = as_of.to_period("M")
    return [*((first - back).start_time - pd.Timedelta(days=1) for back in range(MONTHS - 1, -1, -1)), as_of]


def health(table: Table, zone: str, first_seen: pd.Series, as_of: pd.Timestamp, stale_days: int) -> pd.DataFrame:
    """Per client and day of measurement: ``day``, ``until`` (the next one), ``score``, ``coverage`` and the components."""
    facts = _Facts(table, zone)
    days = days_of(as_of)
    frames = []
    for day, until in zip(days, [*days[1:], pd.Timestamp(2262, 1, 1)], strict=True):
        known = first_seen[first_seen <= day]
        parts = pd.DataFrame(_components(facts, known, day, stale_days), index=known.index)
        weights = pd.Series(WEIGHTS)
        carried = parts.notna().mul(weights).sum(axis=1)
        score = parts.mul(weights).sum(axis=1) / carried.where(carried > 0)
        frame = parts.assign(
            score=score.where(carried >= weights.sum() / 2), coverage=carried / weights.sum(), day=day, until=until
        )
        frames.append(frame.rename_axis("customer").reset_index())
    return pd.concat(frames, ignore_index=True)


class _Facts:
    """What the components look at."""

    def __init__(self, table: Table, zone: str) -> None:
        self.met = contacts.interactions(table)
        self.sessions = dealings.sessions(table)
        self.promised = contacts.followups(table, zone)
        self.statements = dealings.balances(table)
        met = self.met[(self.met["source"] == "manager") & self.met["qualifies"].astype(bool)]
        self.signs = pd.concat([met[["customer", "day"]], self.sessions[["customer", "day"]]])
        self.asked = self.met[self.met["source"] != "manager"]


def _components(facts: _Facts, known: pd.Series, day: pd.Timestamp, stale_days: int) -> dict[str, pd.Series]:
    clients = known.index
    last = _upto(facts.signs, day).groupby("customer")["day"].max().reindex(clients)
    helped = _upto(facts.asked, day, 90).groupby("customer").size().reindex(clients, fill_value=0)
    due = _upto(facts.promised[facts.promised["standing"] != "Cancelled"], day, 365)
    kept = (due["standing"] == "Completed") & due["delay"].isna()
    scores = _upto(facts.met[facts.met["score"].notna()], day, 180)
    ever = _upto(facts.sessions, day).groupby("customer").size().reindex(clients)
    visits = _upto(facts.sessions, day, 30).groupby("customer")["day"].nunique().reindex(clients, fill_value=0)
    now = _held(facts.statements, day, stale_days).reindex(clients)
    past = _held(facts.statements, day - pd.Timedelta(days=180), stale_days).reindex(clients)
    growth = now / past.where(past > 0) - 1
    return {
        "recency": 100 * 0.5 ** ((day - last).dt.days / 30),
        "frequency": 100 * (1 - helped / 4).clip(0, 1),
        "followups": 100 * kept.astype(float).groupby(due["customer"]).mean().reindex(clients),
        "satisfaction": 100 * ((scores.groupby("customer")["score"].mean().reindex(clients) - 1) / 4).clip(0, 1),
        "digital": (100 * (visits / 6).clip(0, 1)).where(ever.notna()),
        "balance": 100 * (0.5 + growth / 0.4).clip(0, 1),
        "tenure": 100 * ((day - known).dt.days / 1826).clip(0, 1),
    }


def _upto(rows: pd.DataFrame, day: pd.Timestamp, days: int | None = None) -> pd.DataFrame:
    """What happened up to a day, or in so many days that end with it."""
    rows = rows[rows["day"] <= day]
    return rows if days is None else rows[rows["day"] > day - pd.Timedelta(days=days)]


def _held(statements: pd.DataFrame, day: pd.Timestamp, stale_days: int) -> pd.Series:
    """Per client the last balances of all accounts, but for stale ones, in cents."""
    last = statements[statements["day"] <= day].drop_duplicates("account", keep="last")
    last = last[(day - last["day"]).dt.days <= stale_days]
    return last.groupby("customer")["balance"].sum().astype(float).replace(-0.0, 0.0).astype(np.float64)
