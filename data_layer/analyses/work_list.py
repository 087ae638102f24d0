"""The work list: open follow-ups, those of the loaded data and those added here, in one order."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    column,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
    values,
)

from data_layer.analyses.answer import Answer, Ask
from data_layer.appdb.followups import OwnFollowup
from data_layer.semantics.dimensions import PRIORITIES
from data_layer.semantics.facts import FOLLOWUP, Fact
from data_layer.semantics.listing import Listing
from data_layer.semantics.members import members
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import NAME_SUFFIX
from data_layer.semantics.scope import conditions
from data_layer.warehouse.tables import UNKNOWN, UNKNOWN_KEY, dim_customer, dim_staff
from data_layer.warehouse.tables import fact_followup as f

# So far ahead the list looks at follow-ups of the loaded data; those added here are in it from the start.
AHEAD = timedelta(days=14)
# More than anybody works through: what a download holds at most.
MOST_ROWS = 10_000
HERE, LOADED = "Added here", "Loaded data"
SORTS = ("due", "customer", "action", "priority", "staff", "origin")


@dataclass(frozen=True)
class Listed(Answer):
    """A page of the list.  Of one that can be added to, or that finds nothing, head and form must stay in sight."""

    @property
    def is_empty(self) -> bool:
        return self.frame.empty and not self.facts["may_write"] and not self.facts["listing"].find


@dataclass(frozen=True)
class WorkList:
    """Follow-ups that are overdue, due or due soon at the end of the period, a page of them.

    Those added here are there while the period reaches up to the last day of the data: what was open on an earlier day
    is not known of them.  Frame: ``due``, ``state`` (overdue, due, ahead), ``days`` (past due; negative ahead),
    ``customer`` and ``staff`` with names, ``to_do``, ``priority``, ``origin``, ``followup`` (its number).  Facts:
    ``total``, ``overdue``, ``today``, ``oldest`` and ``median`` (days past due of the overdue ones, None without any),
    ``here`` (added here), ``listing`` (as shown), ``pages``, ``page_rows``, ``day``; ``may_write`` and ``owners``: whether
    and to whom the viewer may give more; ``shows_staff``: whether there can be several owners.
    """

    page_rows: int = 12
    needs_followups = True

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("followups_overdue_now", "followups_due")

    def __call__(self, ask: Ask) -> Answer:
        return self._answer(ask, self.page_rows)

    def first(self, ask: Ask, rows: int) -> Answer:
        """What stands on top of the list, so many of it."""
        return self._answer(ask, rows, is_from_top=True)

    def whole(self, ask: Ask) -> Answer:
        """All of it, for a download: :data:`MOST_ROWS` at most."""
        return self.first(ask, MOST_ROWS)

    def _answer(self, ask: Ask, rows: int, *, is_from_top: bool = False) -> Answer:
        day = min(ask.window.last_day, ask.data.as_of)
        own = ask.own_followups() if day == ask.data.as_of else ()
        is_loaded = ask.data.has(*METRICS["followups_due"].needs)
        if not is_loaded and not own:
            return Answer(pd.DataFrame(), ask.window, missing=self.metrics)
        listed, ignored = _listed(ask, day, own)
        with ask.data.connect() as connection:
            counted = dict(connection.execute(_counts(listed, day)).mappings().one())
            pages = max(1, math.ceil(int(counted["total"]) / rows))
            shown = _shown(ask.selection.listing, 1 if is_from_top else pages)
            page = [dict(row) for row in connection.execute(_page(listed, shown, rows)).mappings()]
        facts = _facts(counted) | {"listing": shown, "pages": pages, "page_rows": rows, "day": day}
        facts |= {"may_write": ask.may_write, "owners": _owners(ask), "shows_staff": ask.viewer.scope.kind != "own"}
        return Listed(_frame(page, day), ask.window, facts, (), ignored, int(counted["total"]))


def _listed(ask: Ask, day: date, own: tuple[OwnFollowup, ...]) -> tuple[Subquery, tuple[str, ...]]:
    """Every row of the list, and the dimensions that it cannot follow."""
    kept, ignored = conditions(FOLLOWUP, ask.selection.conditions(), ask.viewer, ask.window, day)
    parts: list[Select[Any]] = [_loaded(day).where(*kept)]
    if own:
        here = Fact(
            "own_followup", "follow-ups added here", cast(Any, _here(own)), "due_date", own={"priority": "priority"}
        )
        mine, _ = conditions(here, ask.selection.conditions(), ask.viewer, ask.window, day)
        parts.append(_columns(here.table, case((here.table.c.due_date < day, 1), else_=0), HERE).where(*mine))
    found = ask.selection.listing.find
    if found:
        parts = [_searched(part, found) for part in parts]
    whole: Select[Any] | CompoundSelect[Any] = union_all(*parts) if len(parts) > 1 else parts[0]
    return whole.subquery("listed"), ignored


def _searched(part: Select[Any], text: str) -> Select[Any]:
    """The rows in whose client, client number or task the text occurs, in any case of letters."""
    columns = {column.name: column for column in part.selected_columns}
    places = [columns[name] for name in ("client", "customer", "action")]
    return part.where(or_(*(func.lower(place.element).contains(text.casefold(), autoescape=True) for place in places)))


def _owners(ask: Ask) -> list[tuple[str, str]]:
    """To whom this viewer may give a follow-up: number and name; nobody but oneself for a member of staff."""
    if not ask.may_write or ask.viewer.scope.kind == "own":
        return []
    return [(one.value, one.label) for one in members("staff", ask.viewer, ask.data) if one.value != UNKNOWN]


def _loaded(day: date) -> Select[Any]:
    """Open follow-ups of the data: past due on that day, or due on it or soon after."""
    overdue = and_(f.c.valid_from <= day, f.c.valid_to > day)
    open_then = (f.c.status == "Open") | (f.c.completed_date > day)
    soon = and_(f.c.due_date >= day, f.c.due_date <= day + AHEAD, open_then)
    return _columns(f, case((overdue, 1), else_=0), LOADED).where(f.c.status != "Cancelled", overdue | soon)


def _columns(table: Any, overdue: ColumnElement[Any], origin: str) -> Select[Any]:
    client, staff = dim_customer.alias("client"), dim_staff.alias("member")
    is_here = origin == HERE
    return select(
        table.c.due_date.label("due"),
        overdue.label("overdue"),
        (table.c.customer_id if is_here else client.c.customer_id).label("customer"),
        func.coalesce(client.c.full_name, table.c.customer_id if is_here else client.c.customer_id).label("client"),
        table.c.action.label("action"),
        table.c.priority.label("priority"),
        staff.c.staff_id.label("staff"),
        staff.c.full_name.label("member"),
        literal(origin, Text).label("origin"),
        (table.c.own_id if is_here else null().cast(Integer)).label("own_id"),
        (table.c.followup_id if not is_here else null().cast(Text)).label("followup"),
    ).select_from(
        table.outerjoin(client, client.c.customer_key == table.c.customer_key).outerjoin(
            staff, staff.c.staff_key == table.c.staff_key
        )
    )


def _here(own: tuple[OwnFollowup, ...]) -> Subquery:
    """Those added here as a table of the warehouse, so that filters, rights and order treat all alike."""
    given = values(
        column("own_id", Integer), column("customer_id", Text), column("staff_id", Text), column("action", Text),
        column("priority", Text), column("due_date", Date), name="given",
    ).data([(o.id, o.customer_id, o.staff_id, o.action, o.priority, o.due_date) for o in own])  # fmt: skip
    found = given.outerjoin(dim_customer, dim_customer.c.customer_id == given.c.customer_id).outerjoin(
        dim_staff, dim_staff.c.staff_id == given.c.staff_id
    )
    return (
        select(
            *given.c,
            func.coalesce(dim_customer.c.customer_key, UNKNOWN_KEY).label("customer_key"),
            func.coalesce(dim_staff.c.staff_key, UNKNOWN_KEY).label("staff_key"),
        )
        .select_from(found)
        .subquery("here")
    )


def _counts(listed: Subquery, day: date) -> Select[Any]:
    age = type_coerce(literal(day, Date) - listed.c.due, Integer)
    late = case((listed.c.overdue == 1, age))
    return select(
        func.count().label("total"),
        func.coalesce(func.sum(listed.c.overdue), 0).label("overdue"),
        func.count().filter((listed.c.overdue == 0) & (listed.c.due == day)).label("today"),
        func.count().filter(listed.c.origin == HERE).label("here"),
        func.max(late).label("oldest"),
        func.percentile_cont(0.5).within_group(late).label("median"),
    )


def _facts(counted: dict[str, Any]) -> dict[str, Any]:
    """The counts as plain numbers, None where there is nothing to have an age."""
    whole = {name: int(counted[name]) for name in ("total", "overdue", "today", "here")}
    ages = {name: None if counted[name] is None else float(counted[name]) for name in ("oldest", "median")}
    return whole | ages


def _shown(wanted: Listing, pages: int) -> Listing:
    """The order and page that the link asks for, as far as there are such; a page beyond the last is the last."""
    return Listing(wanted.find, wanted.sort if wanted.column in SORTS else "due", min(wanted.page, pages))


def _page(listed: Subquery, shown: Listing, rows: int) -> Select[Any]:
    """In the wanted order; then by what is due first, so that pages never overlap."""
    ranks = {name: rank for rank, name in enumerate(PRIORITIES)}
    chosen: ColumnElement[Any] = {
        "customer": listed.c.client,
        "priority": case(ranks, value=listed.c.priority, else_=len(ranks)),
        "staff": listed.c.member,
    }.get(shown.column, listed.c[shown.column])
    order = chosen.desc().nulls_last() if shown.is_descending else chosen.asc().nulls_last()
    stable = (listed.c.due, listed.c.origin, listed.c.followup, listed.c.own_id)
    return select(listed).order_by(order, *stable).offset((shown.page - 1) * rows).limit(rows)


def _frame(rows: list[dict[str, Any]], day: date) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "due": [row["due"] for row in rows],
            "state": ["overdue" if row["overdue"] else "due" if row["due"] == day else "ahead" for row in rows],
            "days": [(day - row["due"]).days for row in rows],
            "customer": [row["customer"] for row in rows],
            "customer" + NAME_SUFFIX: [row["client"] for row in rows],
            "to_do": [row["action"] for row in rows],
            "priority": [row["priority"] for row in rows],
            "staff": [row["staff"] for row in rows],
            "staff" + NAME_SUFFIX: [row["member"] for row in rows],
            "origin": [row["origin"] for row in rows],
            "followup": [row["followup"] or f"here-{row['own_id']}" for row in rows],
        }
    )
