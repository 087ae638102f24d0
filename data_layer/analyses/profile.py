"""Who a client is: what the systems know of them, and what they are worth."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import CUSTOMER
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.scope import conditions
from data_layer.semantics.selection import Selection
from data_layer.warehouse.tables import UNKNOWN, customer_attribute, dim_customer, dim_staff

VALUES = ("aum", "products_per_customer", "contributions")
CONTACTS = ("email", "phone")
KNOWN = (
    "customer_key", "customer_id", "segment", "status", "label", "stage", "owner_key", "first_seen_date",
    "acquisition_channel", "company", "age_band", "city", "state", "country",
)  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """One client, as of the last day of the data, whatever the period.

    Frame: ``field`` and ``value``, as people read them.  Contact data is left out of the statement for viewers who may
    not see it; ``facts["withheld"]`` says so.  Empty where the selection is not one client.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("total_clients", *VALUES)

    def __call__(self, ask: Ask) -> Answer:
        day = ask.data.as_of
        whole = Window(ask.data.first_day, day + DAY)
        kept, _ = conditions(CUSTOMER, ask.selection.conditions(), ask.viewer, whole, day)
        columns = [dim_customer.c[name] for name in (*KNOWN, *(() if ask.viewer.masked else CONTACTS))]
        wanted = (
            select(*columns, dim_staff.c.full_name.label("owner"), dim_staff.c.team, dim_staff.c.staff_id)
            .select_from(dim_customer.outerjoin(dim_staff, dim_staff.c.staff_key == dim_customer.c.owner_key))
            .where(*kept)
        )
        with ask.data.connect() as connection:
            rows = [dict(row) for row in connection.execute(wanted.limit(2)).mappings()]
            if len(rows) != 1:
                return Answer(pd.DataFrame(columns=["field", "value"]), whole)
            client = rows[0]
            of_client = customer_attribute.c.customer_key == client["customer_key"]
            told = select(customer_attribute.c.name, customer_attribute.c.value).where(of_client)
            attributes = [(str(name), str(value)) for name, value in connection.execute(told)]
        lines = [*_about(client, ask), *sorted(attributes), *_worth(ask, whole)]
        frame = pd.DataFrame([line for line in lines if line[1]], columns=["field", "value"])
        return Answer(frame, Window(day, day + DAY), {"withheld": ask.viewer.masked}, n=1)


def _about(client: dict[str, Any], ask: Ask) -> list[tuple[str, str]]:
    """The client's own lines.  What nobody knows is left out, but for what a reader would miss."""
    own = ask.viewer.scope.kind == "own"
    is_mine = client["staff_id"] == ask.viewer.scope.staff_id
    owner = client["owner"] if client["owner_key"] else None
    place = ", ".join(_known(client[name]) for name in ("city", "state") if _known(client[name]))
    return [
        ("Client no.", client["customer_id"]),
        ("Segment", _known(client["segment"])),
        ("Status", _known(client["status"])),
        ("Label", _known(client["label"])),
        ("Stage", _known(client["stage"])),
        ("Owner", "" if own and not is_mine else owner or UNKNOWN_VALUE),
        ("Team", "" if own and not is_mine else _known(client["team"] if owner else None)),
        ("Client since", _since(client["first_seen_date"], ask)),
        ("Came through", _known(client["acquisition_channel"])),
        ("Company", _known(client["company"])),
        ("Age", _known(client["age_band"])),
        ("Place", place),
        ("Country", _known(client["country"])),
        ("E-mail", client.get("email") or ""),
        ("Phone", client.get("phone") or ""),
    ]


def _known(value: Any) -> str:
    return "" if value is None or value == UNKNOWN else str(value)


def _since(day: Any, ask: Ask) -> str:
    if day is None:
        return UNKNOWN_VALUE
    months = max(0, (ask.data.as_of.year - day.year) * 12 + ask.data.as_of.month - day.month)
    years, rest = divmod(months, 12)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in ((years, "year"), (rest, "month")) if count
    ]
    return f"{day_in_words(day)} ({', '.join(parts) or 'less than a month'})"


def _worth(ask: Ask, whole: Window) -> list[tuple[str, str]]:
    """What the client holds today and has paid in so far, as far as it is known to who asks."""
    known = tuple(name for name in VALUES if ask.data.has(*METRICS[name].needs))
    only = Selection(filters=tuple(one for one in ask.selection.filters if one[0] == "customer"))
    if not known:
        return []
    found = run(Query(known), only, ask.viewer, ask.data, whole)
    labels = {"aum": "Balance today", "products_per_customer": "Products held", "contributions": "Paid in so far"}
    units = {name: METRICS[name].unit for name in known} | {"products_per_customer": Unit.COUNT}
    values = {name: found.value(name) for name in known}
    return [(labels[name], short(value, units[name])) for name, value in values.items() if value is not None]
