"""The records behind a figure: the fact's own rows, under the same filters and rights, a page at a time.

A record set is declared once per fact: its columns, in the order people read them.  Contact data is a column like any
other here and is left out of the statement for viewers who may not see it, so it never reaches them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Select, case, func, literal, select

from data_layer.access import Viewer
from data_layer.semantics.dimensions import KEYS
from data_layer.semantics.facts import FACTS, Fact
from data_layer.semantics.metric import Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import stands
from data_layer.semantics.scope import conditions, dated, holds
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.health import COMPONENTS

BATCH = 20_000
MOST_PAGE = 500
# A download lasts as long as the slowest reader of a million rows.
EXPORT_SECONDS = 900.0


@dataclass(frozen=True)
class Field:
    """One column of a record set.

    ``path``: the keys from the fact to the table that holds ``column``.  ``unit``: how numbers are written; None for
    text and dates.  ``is_contact``: withheld from viewers whose role masks contact data.  ``is_age``: the days since
    that date, on the day the records are looked at, while the row holds.
    """

    name: str
    label: str
    column: str
    path: tuple[str, ...] = ()
    unit: Unit | None = None
    is_contact: bool = False
    is_age: bool = False


_CLIENT = (
    Field("client_id", "Client no.", "customer_id", ("customer_key",)),
    Field("client", "Client", "full_name", ("customer_key",)),
    Field("segment", "Segment", "segment", ("customer_key",)),
    Field("state", "State", "state", ("customer_key",)),
)
_STAFF = Field("staff", "Staff member", "full_name", ("staff_key",))
_TYPE = Field("interaction_type", "Type", "name", ("interaction_type_key",))
_PRODUCT = (
    Field("product", "Product", "name", ("product_key",)),
    Field("product_category", "Category", "category", ("product_key",)),
)

_DEAL = (
    Field("client", "Client", "full_name", ("customer_key",)),
    Field("opportunity", "Opportunity", "name", ("opportunity_key",)), Field("value", "Value", "value", unit=Unit.MONEY),
)  # fmt: skip
_OWNED = (
    Field("owner", "Owner", "full_name", ("staff_key",)),
    *(field for field in _CLIENT if field.name != "client"),
    Field("id", "Opportunity no.", "opportunity_id", ("opportunity_key",)),
)  # fmt: skip
_INTERACTION = (
    Field("opened", "Opened", "opened_date"), *_CLIENT, Field("channel", "Channel", "channel"), _TYPE, _STAFF,
    Field("direction", "Direction", "direction"), Field("resolution", "Resolution", "resolution_status"),
    Field("outcome", "Outcome", "outcome"),
    Field("response", "First response, min", "first_response_minutes", unit=Unit.MINUTES),
    Field("satisfaction", "Score", "satisfaction_score", unit=Unit.SCORE),
    Field("id", "Interaction no.", "interaction_id"),
)  # fmt: skip
_FOLLOWUP = (
    Field("due", "Due", "due_date"), Field("status", "Status", "status"), *_CLIENT, Field("action", "Action", "action"),
    Field("priority", "Priority", "priority"), _STAFF, Field("completed", "Completed", "completed_date"),
    Field("delay", "Delay, days", "delay_days", unit=Unit.DAYS), Field("id", "Follow-up no.", "followup_id"),
)  # fmt: skip

_RECIPIENT = (
    Field("campaign", "Campaign", "name", ("campaign_key",)), Field("variant", "Variant", "variant", ("template_key",)),
    *_CLIENT, Field("delivered", "Delivered", "delivered_at"), Field("read", "Read", "read_at"),
    Field("replied", "Replied", "replied_at"), Field("failure", "Failure", "failure_reason"),
    Field("converted", "Converted", "converted_date"), Field("converted_by", "Converted by", "converted_by"),
    Field("revenue", "Revenue", "revenue", unit=Unit.MONEY), Field("cost", "Cost", "cost_share", unit=Unit.MONEY),
    Field("reported_converted", "Converted, as reported", "reported_converted_at"),
    Field("reported_revenue", "Revenue, as reported", "reported_revenue", unit=Unit.MONEY),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    "customer": (
        *_CLIENT, Field("first_seen", "First seen", "first_seen_date", ("customer_key",)),
        Field("status", "Status", "status", ("customer_key",)),
        Field("country", "Country", "country", ("customer_key",)),
        Field("city", "City", "city", ("customer_key",)), Field("age", "Age", "age_band", ("customer_key",)),
        Field("channel", "Acquisition channel", "acquisition_channel", ("customer_key",)),
        Field("owner", "Owner", "full_name", ("customer_key", "owner_key")),
        Field("email", "E-mail", "email", ("customer_key",), is_contact=True),
        Field("phone", "Phone", "phone", ("customer_key",), is_contact=True),
    ),
    "activity_span": (
        *_CLIENT, Field("since", "Active since", "valid_from"), Field("until", "Active until", "valid_to"),
    ),
    "holding_span": (
        *_CLIENT, Field("since", "Holds since", "valid_from"), Field("until", "Held until", "valid_to"),
    ),
    "client_span": (*_CLIENT, Field("movement", "Last movement", "movement"), Field("since", "Since", "valid_from")),
    "client_move": (Field("day", "Day", "valid_from"), *_CLIENT, Field("movement", "Movement", "movement")),
    "client_status": (*_CLIENT, Field("status", "Status", "status"), Field("since", "Since", "valid_from")),
    "interaction": _INTERACTION,
    "resolution": (Field("resolved", "Resolved", "resolved_date"), *_INTERACTION),
    "open_conversation": _INTERACTION,
    "message": (
        Field("sent", "Sent", "sent_date"), *_CLIENT, Field("channel", "Channel", "channel"),
        Field("direction", "Direction", "direction"), _STAFF,
        Field("reply", "Reply time, min", "reply_minutes", unit=Unit.MINUTES), Field("id", "Message no.", "message_id"),
    ),
    "followup": _FOLLOWUP,
    "overdue_followup": _FOLLOWUP,
    "completed_followup": _FOLLOWUP,
    "stage_change": (
        Field("entered", "Entered", "entered_date"), Field("stage", "Stage", "name", ("stage_key",)), *_DEAL,
        Field("waiting", "Days waiting", "waiting_since", unit=Unit.COUNT, is_age=True),
        Field("days", "Days in stage", "days_in_stage", unit=Unit.DAYS),
        Field("from", "From", "from_stage"), *_OWNED,
    ),
    "stage_passage": (
        Field("began", "Began", "began_date"), Field("stage", "Stage", "name", ("stage_key",)), *_DEAL,
        Field("entered", "Reached", "entered_date"), Field("next", "Went on", "next_date"),
        Field("lost", "Lost", "lost_date"), Field("waited", "Days until lost", "days_to_lost", unit=Unit.COUNT), *_OWNED,
    ),
    "campaign_recipient": (Field("sent", "Sent", "sent_date"), *_RECIPIENT),
    "campaign_try": (
        Field("tried", "Tried", "tried_date"), Field("failure", "Failure", "failure_reason"),
        *(field for field in _RECIPIENT if field.name != "failure"),
    ),
    "campaign": (
        Field("campaign", "Campaign", "name"), Field("channel", "Channel", "channel"),
        Field("started", "Started", "started_date"), Field("ended", "Ended", "ended_date"),
        Field("cost", "Cost", "cost", unit=Unit.MONEY), Field("audience", "Audience", "audience", unit=Unit.COUNT),
    ),
    "enrollment": (
        Field("enrolled", "Enrolled", "enrolled_date"), *_CLIENT, *_PRODUCT, Field("status", "Status", "status"),
        Field("closed", "Closed", "closed_date"),
        Field("initial", "Initial investment", "initial_investment", unit=Unit.MONEY),
        Field("advisor", "Advisor", "full_name", ("staff_key",)),
    ),
    "balance": (
        Field("date", "Date", "balance_date"), *_CLIENT, *_PRODUCT,
        Field("balance", "Balance", "balance", unit=Unit.MONEY),
        Field("contributions", "Contributions", "contributions", unit=Unit.MONEY),
        Field("withdrawals", "Withdrawals", "withdrawals", unit=Unit.MONEY),
        Field("returns", "Returns", "investment_returns", unit=Unit.MONEY),
        Field("fees", "Fees", "fees", unit=Unit.MONEY),
    ),
    "engagement": (
        Field("date", "Date", "occurred_date"), *_CLIENT, Field("action", "Action", "action"),
        Field("device", "Device", "device"), Field("minutes", "Minutes", "duration_minutes", unit=Unit.MINUTES),
        Field("pages", "Pages", "pages_viewed", unit=Unit.COUNT),
    ),
    "event": (
        Field("date", "Date", "happened_date"), Field("kind", "Kind", "kind"), *_CLIENT, Field("what", "What", "what"),
        Field("result", "Result", "result"), Field("channel", "Channel", "channel"), _TYPE, _STAFF,
        Field("amount", "Amount", "amount", unit=Unit.MONEY),
    ),
    "health": (
        *_CLIENT, Field("score", "Health score", "score", unit=Unit.POINTS),
        *(Field(part.name, part.label, part.name, unit=Unit.POINTS) for part in COMPONENTS),
        Field("coverage", "Weights with data", "coverage", unit=Unit.RATE), Field("measured", "Measured on", "valid_from"),
    ),
    "churn": (
        Field("date", "Given up", "churn_date"), *_CLIENT, *_PRODUCT, Field("reason", "Reason", "reason"),
        Field("score", "Exit score", "exit_score", unit=Unit.SCORE),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Records:
    """The rows behind a metric, for one viewer under one selection; nothing is read until asked for."""

    metric: Metric
    selection: Selection
    viewer: Viewer
    data: Generation
    window: Window | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns this viewer gets."""
        return tuple(f for f in FIELDS[self.metric.fact.name] if not (f.is_contact and self.viewer.masked))

    def count(self) -> int:
        """How many rows there are."""
        with self.data.connect() as connection:
            counted = connection.execute(select(func.count()).select_from(self._statement().subquery()))
            return int(counted.scalar_one())

    def page(self, start: int, stop: int, sort: str | None = None, descending: bool = False) -> list[dict[str, Any]]:
        """Rows ``start`` to ``stop`` (at most :data:`MOST_PAGE`), by field name; an unknown ``sort`` is none."""
        wanted = self._sorted(sort, descending).offset(max(0, start)).limit(min(MOST_PAGE, max(0, stop - start)))
        with self.data.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def all(self) -> Iterator[tuple[Any, ...]]:
        """Every row, as the fields' values, in batches: a million rows never stand in memory at once."""
        with self.data.connect(EXPORT_SECONDS) as connection:
            result = connection.execution_options(stream_results=True).execute(self._sorted(None, False))
            for batch in result.partitions(BATCH):
                yield from (tuple(row) for row in batch)

    def _sorted(self, sort: str | None, descending: bool) -> Select[Any]:
        """By the wanted column, else the first, newest first; then by key, so that pages never overlap."""
        statement = self._statement()
        columns = {column.name: column for column in statement.selected_columns}
        if sort not in columns:
            sort, descending = self.fields[0].name, True
        chosen = columns[sort]
        order = chosen.desc().nulls_last() if descending else chosen.asc().nulls_last()
        return statement.order_by(order, *_identity(self.metric.fact))

    def _statement(self) -> Select[Any]:
        fact, table = self.metric.fact, self.metric.fact.table
        days = self.window or self.selection.window(self.data.as_of, self.data.first_day)
        if self.metric.as_of_limited:
            days = days.within(Window(days.start, self.data.as_of + DAY))
        day = min(days.last_day, self.data.as_of)
        if self.metric.kind is Kind.RETAINED:
            day = days.start - DAY
        kept, _ = conditions(fact, self.selection.conditions(), self.viewer, days, day)
        source, columns = _columns(fact, self.fields, day)
        held = holds(fact, day, days) if self.metric.kind is not Kind.FLOW else dated(fact, days)
        if self.metric.superseded:
            kept.append(stands(self.metric, days))
        return select(*columns).select_from(source).where(self.metric.where, held, *kept, *_counted(table, fact))


def record_of(fact: str, key: int, viewer: Viewer, data: Generation) -> list[tuple[Field, Any]]:
    """One row of a fact, by its key: each field that this viewer gets, with its value.  Empty where there is none.

    No right is asked for but that to contact data: the key must come from a statement under the viewer's rights.
    """
    fields = tuple(field for field in FIELDS[fact] if not (field.is_contact and viewer.masked))
    source, columns = _columns(FACTS[fact], fields, data.as_of)
    own = next(iter(FACTS[fact].table.c))
    with data.connect() as connection:
        row = connection.execute(select(*columns).select_from(source).where(own == key)).first()
    return [] if row is None else list(zip(fields, row, strict=True))


def records_of(
    metric: str, selection: Selection, viewer: Viewer, data: Generation, window: Window | None = None
) -> Records:
    """The records behind a metric.  KeyError for a name that is no metric."""
    return Records(METRICS[metric], selection.among(lambda: data.attributes), viewer, data, window)


def _counted(table: Any, fact: Fact) -> list[ColumnElement[bool]]:
    """Rows of a dimension that stand for nobody are no records."""
    return [table.c.customer_key != 0] if fact is FACTS["customer"] else []


def _identity(fact: Fact) -> list[ColumnElement[Any]]:
    """Columns that tell rows apart: the first key; for rollups also where the span starts, and what began there."""
    own = next(iter(fact.table.c))
    if not (fact.is_span or fact.time == "valid_from"):
        return [own]
    return [own, fact.table.c.valid_from, *(fact.table.c[column] for column in fact.own.values())]


def _columns(fact: Fact, fields: tuple[Field, ...], day: date) -> tuple[FromClause, list[ColumnElement[Any]]]:
    source: FromClause = fact.table
    joined: dict[tuple[str, ...], Any] = {}
    columns: list[ColumnElement[Any]] = []
    for field in fields:
        table: Any = fact.table
        for depth, key in enumerate(field.path, start=1):
            target, primary = KEYS[key]
            if target is table:
                continue
            reached = joined.get(field.path[:depth])
            if reached is None:
                reached = joined[field.path[:depth]] = target.alias("_".join(("of", *field.path[:depth])))
                source = source.outerjoin(reached, table.c[key] == reached.c[primary])
            table = reached
        chosen: ColumnElement[Any] = table.c[field.column]
        if field.is_age:
            chosen = case((table.c.valid_to > day, literal(day, Date) - chosen))
        columns.append(chosen.label(field.name))
    return source, columns
