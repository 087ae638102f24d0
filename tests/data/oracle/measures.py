"""What each metric is: which facts, on which days, and the arithmetic, from its written definition."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import World

Rows = pd.DataFrame
Number = Callable[[Rows], float]
Held = Callable[[World, pd.Timestamp], Rows]

ANSWER_TARGET_MINUTES = 15
FAR = pd.Timestamp(9999, 12, 31)


@dataclass(frozen=True)
class Measure:
    """A metric.  ``held``: for a stock, the rows that count on a day.  ``where``: for a flow, the rows that count.

    ``once``: the rows of which each opportunity counts with its last one in the period (or step of the calendar) only.
    ``of``, ``made_of``: a figure made of others, and how.
    """

    fact: str
    value: Number
    n: Number
    where: Callable[[Rows], pd.Series] | None = None
    held: Held | None = None
    up_to_as_of: bool = False
    is_retention: bool = False
    once: Callable[[Rows], pd.Series] | None = None
    of: tuple[str, ...] = ()
    made_of: Callable[..., float] | None = None


def count(rows: Rows) -> float:
    return float(len(rows))


def total(column: str) -> Number:
    """A sum of whole cents, in money: nothing over no rows, unknown over rows of which none has a value."""
    return lambda rows: float(rows[column].sum(min_count=min(len(rows), 1))) / 100


def filled(column: str) -> Number:
    return lambda rows: float(rows[column].notna().sum())


def share(numerator: Callable[[Rows], pd.Series], of: Callable[[Rows], pd.Series] | None = None) -> Number:
    """The share of rows (of those of ``of``); NaN without a denominator."""

    def value(rows: Rows) -> float:
        base = rows if of is None else rows[of(rows).astype(bool)]
        return float(numerator(base).astype(bool).sum()) / len(base) if len(base) else np.nan

    return value


def number(mask: Callable[[Rows], pd.Series]) -> Number:
    return lambda rows: float(mask(rows).astype(bool).sum())


def middle(column: str) -> Number:
    return lambda rows: float(rows[column].median()) if rows[column].notna().any() else np.nan


def mean(column: str) -> Number:
    return lambda rows: float(rows[column].mean()) if rows[column].notna().any() else np.nan


def mean_money(column: str) -> Number:
    """A mean of whole cents, in money."""
    return lambda rows: float(rows[column].mean()) / 100 if rows[column].notna().any() else np.nan


def people(rows: Rows) -> float:
    return float(rows["customer"].nunique())


# ---- what holds on a day


@cache
def clients_on(world: World, day: pd.Timestamp) -> Rows:
    rows = world.fact("client")
    return rows[rows["day"] <= day]


@cache
def active_on(world: World, day: pd.Timestamp) -> Rows:
    rows = world.fact("client")
    return rows[rows["customer"].isin(world.active_on(day))]


@cache
def quiet_on(world: World, day: pd.Timestamp) -> Rows:
    """Clients without an activity in the days that end with ``day``; ``is_new``: first seen in those days."""
    rows = clients_on(world, day)
    rows = rows[~rows["customer"].isin(world.active_on(day))]
    return rows.assign(is_new=rows["day"] > day - pd.Timedelta(days=world.active_days))


def inactive_on(world: World, day: pd.Timestamp) -> Rows:
    rows = quiet_on(world, day)
    return rows[~rows["is_new"]]


def early_on(world: World, day: pd.Timestamp) -> Rows:
    rows = quiet_on(world, day)
    return rows[rows["is_new"]]


@cache
def ever_enrolled_on(world: World, day: pd.Timestamp) -> Rows:
    """Clients who held a product for at least a day by then; ``holds``: they still do."""
    rows, held = clients_on(world, day), world.fact("enrollment")
    lasting = held[(held["day"] <= day) & ~(held["closed"] <= held["day"])]
    rows = rows[rows["customer"].isin(set(lasting["customer"]))]
    return rows.assign(holds=rows["customer"].isin(set(lasting.loc[~(lasting["closed"] <= day), "customer"])))


@cache
def current_on(world: World, day: pd.Timestamp) -> Rows:
    """All who were seen by then, but those who held a product once and hold none now."""
    rows, ever = clients_on(world, day), ever_enrolled_on(world, day)
    return rows[~rows["customer"].isin(set(ever.loc[~ever["holds"], "customer"]))]


@cache
def balances_of_clients_on(world: World, day: pd.Timestamp) -> Rows:
    rows = balances_on(world, day)
    return rows[(rows["customer"] != UNKNOWN) & rows["balance"].notna()]


@cache
def enrolled_on(world: World, day: pd.Timestamp) -> Rows:
    """Open enrolments: begun, and not given up by then (one that was recovered never was)."""
    rows = world.fact("enrollment")
    return rows[(rows["day"] <= day) & ~(rows["closed"] <= day)]


@cache
def enrolled_clients_on(world: World, day: pd.Timestamp) -> Rows:
    rows = enrolled_on(world, day)
    return rows[rows["customer"] != UNKNOWN]


@cache
def overdue_on(world: World, day: pd.Timestamp) -> Rows:
    rows = world.fact("followup")
    return rows[(rows["standing"] != "Cancelled") & (rows["overdue_from"] <= day) & ~(rows["done_day"] <= day)]


@cache
def talks_open_on(world: World, day: pd.Timestamp) -> Rows:
    rows = world.fact("conversation")
    return rows[(rows["day"] <= day) & ~(rows["ended_day"] <= day) & ~rows["never_open"].astype(bool)]


@cache
def stages_on(world: World, day: pd.Timestamp) -> Rows:
    """The last stage that each opportunity had entered by then."""
    rows = world.fact("stage_entry")
    return rows[rows["day"] <= day].drop_duplicates("deal", keep="last")


@cache
def open_on(world: World, day: pd.Timestamp) -> Rows:
    """Opportunities that are neither won nor lost then; ``age``: for how many days they have been where they are."""
    rows = stages_on(world, day)
    rows = rows[~rows["stage"].isin(["Won", "Lost"])]
    return rows.assign(age=(day - rows["day"]).dt.days.astype(float))


@cache
def balances_on(world: World, day: pd.Timestamp) -> Rows:
    """The last balance of each account, unless it is stale."""
    rows = world.fact("statement")
    last = rows[rows["day"] <= day].drop_duplicates("account", keep="last")
    return last[(day - last["day"]).dt.days <= world.stale_days]


@cache
def campaigns_on(world: World, day: pd.Timestamp) -> Rows:
    rows = world.fact("campaign")
    return rows[(rows["day"] <= day) & ~(rows["ended"] < day)]


@cache
def health_on(world: World, day: pd.Timestamp) -> Rows:
    """What was measured last by then."""
    rows = world.fact("health")
    return rows[(rows["day"] <= day) & (rows["until"] > day)]


# ---- the metrics

_conversation = lambda rows: rows["source"] == "conversation"  # noqa: E731
_not_cancelled = lambda rows: rows["standing"] != "Cancelled"  # noqa: E731
_late = lambda rows: rows["delay"].notna()  # noqa: E731
_completed = lambda rows: rows["standing"] == "Completed"  # noqa: E731
_sent = lambda rows: rows["is_sent"]  # noqa: E731
_converted = lambda rows: rows["converted"] == 1  # noqa: E731
_delivered = lambda rows: rows["is_delivered"]  # noqa: E731
_scored = lambda rows: rows["score"].notna()  # noqa: E731
_known_client = lambda rows: rows["customer"] != UNKNOWN  # noqa: E731
_with_status = lambda rows: (rows["resolution_status"] != UNKNOWN) & (rows["source"] != "manager")  # noqa: E731
_won = lambda rows: rows["stage"] == "Won"  # noqa: E731
_first_stage = lambda rows: rows["stage"] == "Lead"  # noqa: E731
_not_last_stage = lambda rows: rows["stage"] != "Won"  # noqa: E731
_due_by_now = lambda rows: rows["is_due"]  # noqa: E731
_closed = lambda rows: rows["stage"].isin(["Won", "Lost"])  # noqa: E731


def _due(value: Number, n: Number = count) -> Measure:
    return Measure("followup", value, n, _not_cancelled, up_to_as_of=True)


def _moved(value: Number, *movements: str) -> Measure:
    return Measure("client_move", value, count, lambda rows: rows["movement"].isin(movements), up_to_as_of=True)


def _brought(amount: str, converted: str) -> Number:
    """What converted recipients brought in; unknown where it is of all who did, or of everybody."""

    def value(rows: Rows) -> float:
        of_them = rows.loc[rows[converted] == 1, amount]
        return np.nan if len(of_them) and of_them.isna().all() else total(amount)(rows)

    return value


def _return_on_cost(rows: Rows) -> float:
    """(revenue − cost) ÷ cost; unknown without a cost, and where no revenue is known."""
    cost, revenue = total("cost")(rows), _brought("revenue", "converted")(rows)
    return (revenue - cost) / cost if cost else np.nan


MEASURES: dict[str, Measure] = {
    "total_clients": Measure("client", count, count, held=clients_on),
    "clients_added": Measure("client", count, count),
    "new_leads": Measure("client", count, count, lambda rows: ~(rows["first_enrolled"] <= rows["first_seen"])),
    "active_clients": Measure("client", count, count, held=active_on),
    "retention_rate": Measure("client", count, count, held=enrolled_clients_on, is_retention=True),
    "products_per_customer": Measure(
        "enrollment", lambda rows: len(rows) / people(rows) if len(rows) else np.nan, people, held=enrolled_clients_on
    ),
    "inactive_clients": Measure("client", count, count, held=inactive_on),
    "too_early_clients": Measure("client", count, count, held=early_on),
    "current_clients": Measure("client", count, count, held=current_on),
    "clients_lost": _moved(count, "Lost"),
    "clients_returned": _moved(count, "Returned"),
    "net_client_growth": _moved(
        lambda rows: float((rows["movement"] != "Lost").sum() - (rows["movement"] == "Lost").sum()),
        *("New", "Lost", "Returned"),
    ),
    "cohort_retention": Measure("client", share(lambda rows: rows["holds"]), count, held=ever_enrolled_on),
    "average_balance": Measure(
        "statement",
        lambda rows: total("balance")(rows) / people(rows) if len(rows) else np.nan,
        people,
        held=balances_of_clients_on,
    ),
    "followups_due": _due(count),
    "followup_completion_rate": _due(share(_completed)),
    "followup_on_time_rate": _due(share(lambda rows: _completed(rows) & ~_late(rows))),
    "followups_on_time": _due(number(lambda rows: _completed(rows) & ~_late(rows))),
    "followups_late": _due(number(_late)),
    "followups_overdue": _due(number(lambda rows: rows["standing"] == "Open")),
    "followup_delay_days": _due(mean("delay"), filled("delay")),
    "followup_delay_median_days": _due(middle("delay"), filled("delay")),
    "followups_overdue_now": Measure("followup", count, count, held=overdue_on),
    "followups_completed": Measure("done_followup", count, count),
    "interactions": Measure("contact", count, count),
    "clients_handled": Measure("contact", people, count, _known_client),
    "successful_outcome_rate": Measure(
        "contact", share(lambda rows: rows["outcome"] == "Successful"), count, lambda rows: rows["outcome"] != UNKNOWN
    ),
    "first_response_minutes": Measure("contact", middle("response_minutes"), filled("response_minutes"), _conversation),
    "unanswered": Measure("contact", number(lambda rows: ~rows["is_answered"].astype(bool)), count, _conversation),
    "answered_in_target_rate": Measure(
        "contact", share(lambda rows: rows["response_minutes"] <= ANSWER_TARGET_MINUTES), count, _conversation
    ),
    "reply_minutes": Measure("message", middle("reply_minutes"), filled("reply_minutes")),
    "inbound_messages": Measure("message", count, count, lambda rows: rows["direction"] == "inbound"),
    "resolution_hours": Measure("ended", middle("hours"), filled("hours")),
    "resolved": Measure("ended", count, count),
    "open_conversations": Measure("conversation", count, count, held=talks_open_on),
    "csat_rate": Measure("contact", share(lambda rows: rows["score"] >= 4), count, _scored),
    "satisfaction_score": Measure("contact", mean("score"), count, _scored),
    "resolution_rate": Measure(
        "contact", share(lambda rows: rows["resolution_status"] == "Resolved"), count, _with_status
    ),
    "sent": Measure("recipient", count, count, _sent),
    "delivered_rate": Measure("recipient", share(_delivered), count, _sent),
    "read_rate": Measure("recipient", share(lambda rows: rows["is_read"], _delivered), number(_delivered), _sent),
    "reply_rate": Measure("recipient", share(lambda rows: rows["is_replied"], _delivered), number(_delivered), _sent),
    "replied": Measure("recipient", count, count, lambda rows: rows["is_replied"]),
    "campaign_audience": Measure("try", count, count),
    "campaign_failures": Measure("try", count, count, lambda rows: rows["is_failed"]),
    "delivered": Measure("recipient", count, count, _delivered),
    "read": Measure("recipient", count, count, lambda rows: rows["is_read"]),
    "campaign_conversions": Measure("recipient", count, count, _converted),
    "conversion_rate": Measure("recipient", share(_converted, _delivered), number(_delivered), _sent),
    "campaign_revenue": Measure("recipient", total("revenue"), filled("revenue"), _converted),
    "reported_conversions": Measure(
        "recipient",
        lambda rows: float(rows["reported"].sum(min_count=min(len(rows), 1))),
        number(lambda rows: rows["reported"] == 1),
        _sent,
    ),
    "reported_revenue": Measure(
        "recipient", _brought("reported_revenue", "reported"), number(lambda rows: rows["reported_revenue"] > 0), _sent
    ),
    "campaign_cost": Measure("recipient", total("cost"), filled("cost"), _sent),
    "campaign_roi": Measure("recipient", _return_on_cost, count, lambda rows: rows["is_sent"] & rows["cost"].notna()),
    "active_campaigns": Measure("campaign", count, count, held=campaigns_on),
    "opportunities": Measure("stage_entry", count, count, held=stages_on),
    "opportunity_value": Measure("stage_entry", total("value"), filled("value"), held=stages_on),
    "open_opportunities": Measure("stage_entry", count, count, held=open_on),
    "open_opportunity_value": Measure("stage_entry", total("value"), filled("value"), held=open_on),
    "days_waiting": Measure("stage_entry", middle("age"), count, held=open_on),
    "win_rate": Measure("stage_entry", share(_won), count, once=_closed),
    "average_won_value": Measure("stage_entry", mean_money("value"), filled("value"), _won, once=_closed),
    "sales_cycle_days": Measure("stage_entry", middle("since_begun"), filled("since_begun"), _won, once=_closed),
    "pipeline_velocity": Measure(
        "stage_entry",
        count,
        count,
        held=open_on,
        of=("open_opportunities", "win_rate", "average_won_value", "sales_cycle_days"),
        made_of=lambda number, share, value, days: number * share * value / days if days > 0 else np.nan,
    ),
    "stage_reached": Measure("passage", count, count),
    "stage_reached_value": Measure("passage", total("value"), filled("value")),
    "lost_from_stage": Measure("passage", count, count, lambda rows: rows["lost_on"].notna()),
    "stage_conversion_rate": Measure(
        "passage", share(lambda rows: rows["went_on_in_time"], _due_by_now), number(_due_by_now), _not_last_stage
    ),
    "stage_conversion_ever_rate": Measure(
        "passage", share(lambda rows: rows["went_on"].notna()), count, _not_last_stage
    ),
    "pipeline_conversion_rate": Measure(
        "passage", share(lambda rows: rows["won_in_time"], _due_by_now), number(_due_by_now), _first_stage
    ),
    "pipeline_conversion_ever_rate": Measure(
        "passage", share(lambda rows: rows["won_on"].notna()), count, _first_stage
    ),
    "days_in_stage": Measure("stage_entry", middle("stay"), filled("stay")),
    "aum": Measure("statement", total("balance"), count, held=balances_on),
    "contributions": Measure("statement", total("paid_in"), count),
    "withdrawals": Measure("statement", total("taken_out"), count),
    "net_flows": Measure("statement", total("net"), count),
    "investment_returns": Measure("statement", total("returns"), count),
    "sessions": Measure("session", count, count),
    "events": Measure("event", count, count),
    "health_score": Measure("health", mean("score"), filled("score"), held=health_on),
    "active_users": Measure("session", people, count, _known_client),
    "session_minutes": Measure("session", middle("minutes"), filled("minutes"), lambda rows: ~(rows["events"] <= 1)),
}
