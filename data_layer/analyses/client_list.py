"""The list of clients: searched, sorted and paged in the database."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, case, func, null, or_, select

from data_layer.access import Viewer
from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import BALANCE, CUSTOMER, INTERACTION, Fact
from data_layer.semantics.listing import FIRST, Listing
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.scope import conditions, holds, row_rights
from data_layer.warehouse.tables import dim_customer, dim_staff

PAGE_ROWS = 25
USUAL_SORT = "-balance"
FEWEST_DIGITS = 4  # of a phone number; fewer are in too many of them
CONTACT = ("email", "phone")
KEY = "key"
Conditions = list[ColumnElement[bool]]

_c = dim_customer.c


@dataclass(frozen=True)
class Listed(Answer):
    """A page of the list.  A search that finds nothing is no empty answer: its words must stay in sight."""

    @property
    def is_empty(self) -> bool:
        return self.frame.empty and not self.facts["listing"].find


@dataclass(frozen=True)
class ClientList:
    """The clients of the selection, :data:`PAGE_ROWS` at a time, as the tile's :class:`Listing` wants them.

    Searched in name, number and company, and by viewers who may see contact data in e-mail and phone too: for others an
    answer would tell what is withheld.
    Frame: ``client_id``, ``client``, ``segment``, ``label``, ``status``, ``owner``, ``state``, ``country``,
    ``first_seen``, ``balance``, ``interactions`` (in the period, under the filters), ``last_contact``; ``email`` and
    ``phone`` where they may be seen.  Facts: ``listing`` (as it is shown: a page beyond the last is the last),
    ``total`` (clients found), ``pages``.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("total_clients", "aum", "interactions")

    def __call__(self, ask: Ask) -> Answer:
        return self._answer(ask, ask.selection.listing, PAGE_ROWS)

    def first(self, ask: Ask, rows: int) -> Answer:
        """The clients on top of the list, so many of them."""
        return self._answer(ask, replace(ask.selection.listing, page=FIRST), rows)

    def whole(self, ask: Ask) -> Answer:
        """All clients that are found, for a download."""
        return self._answer(ask, ask.selection.listing, None)

    def _answer(self, ask: Ask, listing: Listing, rows: int | None) -> Answer:
        missing = tuple(name for name in self.metrics if not ask.data.has(*METRICS[name].needs))
        if "total_clients" in missing:
            return Answer(pd.DataFrame(), ask.window, missing=missing)
        kept, ignored = _conditions(ask, CUSTOMER)
        found = [*kept, holds(CUSTOMER, _day(ask), ask.window)]
        if listing.find:
            found.append(_matches(listing.find, ask.viewer))
        with ask.data.connect() as connection:
            total = int(connection.execute(select(func.count()).select_from(dim_customer).where(*found)).scalar_one())
            pages = max(1, -(-total // rows)) if rows else 1
            shown = Listing(listing.find, listing.sort or USUAL_SORT, min(listing.page, pages))
            if rows:
                # What is shown of each client is looked up for those of the page alone.
                few = _page(ask, found, shown, rows)
                found = [_c.customer_key.in_([key for key, *_ in connection.execute(few)])]
            result = connection.execute(_sorted(_statement(ask, found, tuple(COUNTED), bool(rows)), shown))
            frame = pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()), dtype=object)
        facts = {"listing": shown, "total": total, "pages": pages}
        return Listed(_numbers(frame.drop(columns=KEY), missing), ask.window, facts, missing, ignored, total)


def _page(ask: Ask, found: Conditions, listing: Listing, rows: int) -> Select[Any]:
    """The clients of a page, counting only what they are sorted by."""
    counted = tuple(name for name in COUNTED if name == listing.column)
    wanted = _sorted(_statement(ask, found, counted, False), listing)
    return wanted.offset((listing.page - 1) * rows).limit(rows)


def _day(ask: Ask) -> date:
    return min(ask.window.last_day, ask.data.as_of)


def _conditions(ask: Ask, fact: Fact) -> tuple[list[ColumnElement[bool]], tuple[str, ...]]:
    return conditions(fact, ask.selection.conditions(), ask.viewer, ask.window, _day(ask))


def _matches(text: str, viewer: Viewer) -> ColumnElement[bool]:
    """Clients in whom the text occurs, in any case of letters."""
    columns = [_c.full_name, _c.customer_id, _c.company]
    if not viewer.masked:
        columns.append(_c.email)
    hits = [func.lower(column).contains(text.casefold(), autoescape=True) for column in columns]
    digits = re.sub(r"[\s()./+-]", "", text)
    if not viewer.masked and digits.isdigit() and len(digits) >= FEWEST_DIGITS:
        hits.append(_c.phone_e164.contains(digits))
    return or_(*hits)


def _statement(ask: Ask, found: Conditions, counted: tuple[str, ...], few: bool) -> Select[Any]:
    """The clients with what is counted of each; every fact is aggregated by itself.

    ``few``: ``found`` names a few clients, of whom alone it is counted.
    """
    parts = [COUNTED[name](ask) for name in counted]
    if few:
        keys = select(_c.customer_key).where(*found)
        parts = [part.where(part.selected_columns[KEY].in_(keys)) for part in parts]
    tables = [
        part.group_by(part.selected_columns[KEY]).subquery(name) for part, name in zip(parts, counted, strict=True)
    ]
    columns = [
        _c.customer_key.label(KEY), _c.customer_id.label("client_id"), _c.full_name.label("client"), _c.segment, _c.label,
        _c.status, _owner(ask.viewer).label("owner"), _c.state, _c.country, _c.first_seen_date.label("first_seen"),
        *(func.coalesce(one.c[name], EMPTY[name]).label(name) for one, name in zip(tables, counted, strict=True)),
    ]  # fmt: skip
    if not ask.viewer.masked:
        columns += [_c[name] for name in CONTACT]
    source = dim_customer.join(dim_staff, dim_staff.c.staff_key == _c.owner_key)
    for table in tables:
        source = source.outerjoin(table, table.c[KEY] == _c.customer_key)
    return select(*columns).select_from(source).where(*found)


def _owner(viewer: Viewer) -> ColumnElement[Any]:
    """The owner's name; NULL for colleagues whose names the viewer does not read."""
    scope, staff = viewer.scope, dim_staff.c
    if scope.kind == "all":
        return staff.full_name
    theirs = staff.staff_id == scope.staff_id if scope.kind == "own" else staff.team == scope.team
    return case((theirs, staff.full_name), else_=None)


def _balances(ask: Ask) -> Select[Any]:
    c = BALANCE.table.c
    sums = select(c.customer_key.label(KEY), func.sum(c.balance).label("balance"))
    return sums.where(holds(BALANCE, _day(ask), ask.window))


def _interactions(ask: Ask) -> Select[Any]:
    """In the period, as the metric counts them for this viewer under these filters."""
    c = INTERACTION.table.c
    kept, _ = _conditions(ask, INTERACTION)
    counts = select(c.customer_key.label(KEY), func.count().label("interactions"))
    return counts.where(c.opened_date >= ask.window.start, c.opened_date < ask.window.end, *kept)


def _last_contacts(ask: Ask) -> Select[Any]:
    """Ever, of all that the viewer may see."""
    c = INTERACTION.table.c
    rights = row_rights(INTERACTION, ask.viewer)
    last = select(c.customer_key.label(KEY), func.max(c.opened_date).label("last_contact"))
    last = last.where(c.opened_date <= _day(ask))
    return last if rights is None else last.where(rights)


# What is counted of a client, in the order of the columns, and what it is where there is no row.
COUNTED: dict[str, Callable[[Ask], Select[Any]]] = {
    "balance": _balances, "interactions": _interactions, "last_contact": _last_contacts,
}  # fmt: skip
EMPTY: dict[str, Any] = {"balance": null(), "interactions": 0, "last_contact": null()}


def _sorted(wanted: Select[Any], listing: Listing) -> Select[Any]:
    """By the column, unknown values last, then by number, so that pages never overlap."""
    columns = {column.name: column for column in wanted.selected_columns}
    column = columns.get(listing.column)
    if column is None:
        return wanted.order_by(columns["client_id"])
    order = column.desc() if listing.is_descending else column.asc()
    return wanted.order_by(order.nulls_last(), columns["client_id"])


def _numbers(frame: pd.DataFrame, missing: tuple[str, ...]) -> pd.DataFrame:
    """Amounts and counts as floats; unknown where nobody loaded their source."""
    for name, metric in (("balance", "aum"), ("interactions", "interactions")):
        frame[name] = frame[name].astype(float) if metric not in missing else float("nan")
    return frame
