"""All that the source files say, as one frame per kind of fact, with the dimensions that reach it as columns."""

from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from tests.data.oracle import attribution, contacts, dealings, people, relationship, standing
from tests.data.oracle.demo import PLAN
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.sources import read

CLIENT_COLUMNS = [
    "segment", "state", "country", "city", "age_band", "tenure_band", "status", "acquisition_channel",
    "attribute.label", f"attribute.{PLAN}", "owner", "cohort", "first_category", "tenure_step", "balance_band",
]  # fmt: skip
PRODUCT_COLUMNS = {"product_category": "product_category", "risk_level": "risk_level"}
TEXTS = (
    "channel",
    "interaction_type",
    "priority",
    "device",
    "action",
    "campaign",
    "template",
    "variant",
    "failure_reason",
    "movement",
    "event_kind",
)
FLAGS = ("is_answered", "never_open", "qualifies")
SOURCE_ORDER = {"conversation": 0, "manager": 1, "service": 2}


class World:
    """The source files of one folder, read once.  ``as_of``: the last day that they cover."""

    def __init__(
        self,
        folder: Path,
        zone: str,
        as_of: pd.Timestamp,
        active_days: int = 90,
        stale_days: int = 45,
        reply_hours: int = 72,
        conversion_days: int = 90,
        attribution_days: int = 14,
    ) -> None:
        self.zone, self.as_of = zone, as_of
        self.active_days, self.stale_days, self.reply_hours = active_days, stale_days, reply_hours
        self.conversion_days, self.attribution_days = conversion_days, attribution_days
        self.table = lru_cache(maxsize=None)(lambda name: read(folder, name, zone))

    @cached_property
    def clients(self) -> pd.DataFrame:
        """Clients by id; see :func:`people.clients`."""
        met = self._contacts.assign(source_order=self._contacts["source"].map(SOURCE_ORDER))
        active = self.active_on(self.as_of)
        frame = people.clients(self.table, met, self._enrollments, active, self.as_of, self.active_days)
        statements = dealings.balances(self.table)
        last = statements[statements["day"] <= self.as_of].drop_duplicates("account", keep="last")
        last = last[((self.as_of - last["day"]).dt.days <= self.stale_days) & last["balance"].notna()]
        return frame.assign(
            cohort=standing.cohorts(self._enrollments, frame.index),
            first_category=standing.first_categories(self._enrollments, self.table("products"), frame.index),
            tenure_step=[standing.tenure_step(day, self.as_of) for day in frame["first_seen"]],
            balance_band=standing.balance_bands(last, frame.index),
        )

    @cached_property
    def teams(self) -> dict[str, str]:
        return people.staff_teams(self.table)

    @cached_property
    def _contacts(self) -> pd.DataFrame:
        return contacts.interactions(self.table)

    @cached_property
    def _enrollments(self) -> pd.DataFrame:
        return dealings.enrollments(self.table)

    @property
    def _held_by_clients(self) -> pd.DataFrame:
        return self._enrollments[self._enrollments["customer"].isin(self.clients.index)]

    @cached_property
    def activities(self) -> pd.DataFrame:
        """Who did something on which day: got in touch, enrolled, moved money, came to the site."""
        moved = dealings.balances(self.table)
        moved = moved[moved[["paid_in", "taken_out"]].fillna(0).ne(0).any(axis=1)]
        met = self._contacts[self._contacts["qualifies"].astype(bool)]
        parts = [rows[["customer", "day"]] for rows in (met, self._enrollments, moved, dealings.sessions(self.table))]
        rows = pd.concat(parts).drop_duplicates()
        return rows[rows["customer"].isin(people.profiles(self.table).index)]

    def active_on(self, day: pd.Timestamp) -> set[str]:
        """Clients with an activity in the days that end with ``day``."""
        rows = self.activities
        since = day - pd.Timedelta(days=self.active_days)
        return set(rows.loc[(rows["day"] > since) & (rows["day"] <= day), "customer"])

    def fact(self, name: str) -> pd.DataFrame:
        """The rows of a kind of fact, each with all dimensions that reach it."""
        return self._facts[name]

    @cached_property
    def _facts(self) -> dict[str, pd.DataFrame]:
        table = self.table
        people_seen = self.clients.reset_index().assign(day=self.clients["first_seen"].to_numpy())
        met = self._contacts
        ended = met[met["source"] == "conversation"].assign(day=met["ended_day"]).drop(columns="hour")
        promised = contacts.followups(table, self.zone)
        entries = dealings.stage_entries(table)
        tried = dealings.recipients(table, self.reply_hours)
        tried = attribution.attributed(table, tried, entries, self.clients.index, self.as_of, self.attribution_days)
        raw = {
            "client": people_seen,
            "contact": met,
            "ended": ended,
            "conversation": met[met["source"] == "conversation"].drop(columns="hour"),
            "message": contacts.messages(table),
            "followup": promised,
            "done_followup": promised[promised["standing"] == "Completed"].assign(day=promised["done_day"]),
            "stage_entry": entries,
            "passage": dealings.passages(table, entries, self.as_of, self.conversion_days),
            "recipient": tried,
            "try": tried.assign(day=tried["tried"]).drop(columns="hour"),
            "campaign": dealings.campaigns(table),
            "enrollment": self._enrollments,
            "statement": dealings.balances(table),
            "session": dealings.sessions(table),
            "client_move": standing.moves(self.clients["first_seen"], self._held_by_clients),
            "activity": self.activities,
            "event": relationship.events(table, self.zone, self.clients.index, self.reply_hours),
            "health": relationship.health(table, self.zone, self.clients["first_seen"], self.as_of, self.stale_days),
        }
        return {name: self._with_dimensions(rows) for name, rows in raw.items()}

    def _with_dimensions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Whom and what no table knows becomes Unknown; then each key brings what hangs on it."""
        frame = rows.reset_index(drop=True).copy()
        for name in TEXTS:
            if name in frame:
                frame[name] = frame[name].fillna(UNKNOWN)
        if "customer" in frame:
            frame["customer"] = frame["customer"].where(frame["customer"].isin(self.clients.index), UNKNOWN)
            for name in CLIENT_COLUMNS:
                frame[name] = frame["customer"].map(self.clients[name]).fillna(UNKNOWN)
        if "staff" in frame:
            frame["staff"] = frame["staff"].fillna(UNKNOWN)
            frame["team"] = frame["staff"].map(self.teams).fillna(UNKNOWN)
        if "product" in frame:
            products = self.table("products").set_index("product_id")
            frame["product"] = frame["product"].where(frame["product"].isin(products.index), UNKNOWN)
            for name, column in PRODUCT_COLUMNS.items():
                frame[name] = frame["product"].map(products[column]).fillna(UNKNOWN)
        # Texts repeat: as categories they are moved and compared as small numbers.
        texts = [name for name in frame if frame[name].dtype in (object, "str") and name not in FLAGS]
        return frame.astype(dict.fromkeys(texts, "category"))
