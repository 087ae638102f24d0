"""Clients by whatever else a company knows of them: every value of every customer attribute."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.dimensions import ANY_ATTRIBUTE
from data_layer.semantics.facts import CUSTOMER
from data_layer.semantics.members import MOST_OF_ATTRIBUTE
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.semantics.scope import conditions, holds
from data_layer.warehouse.tables import customer_attribute, dim_customer

_CLIENTS = "total_clients"
# A click puts the name and the value into the link, which takes no longer ones.
LONGEST = 150
NOTHING = (
    "Nothing else is known of clients yet. Load customer_attributes.csv (customer_id, name, value), or keep columns of "
    "another file as attributes in a mapping."
)


@dataclass(frozen=True)
class ByAttribute:
    """Clients by each value of each attribute, at the end of the period.

    Frame: ``attribute`` (“NAME: value”) and ``total_clients`` with its n, attribute by attribute, the values in their order.
    Attributes with very many values, such as numbers of contracts, are left out; ``n`` is that of all clients.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return (_CLIENTS,)

    def __call__(self, ask: Ask) -> Answer:
        everyone = run(Query(self.metrics), ask.selection, ask.viewer, ask.data)
        if everyone.missing:
            return Answer(pd.DataFrame(), ask.window, missing=everyone.missing)
        names = [one.name for one in ask.data.attributes.values() if one.shown <= MOST_OF_ATTRIBUTE]
        with ask.data.connect() as connection:
            rows = [(f"{name}: {shown}", count) for name, shown, count in connection.execute(_counted(ask, names))]
        kept = [(text, float(count), float(count)) for text, count in rows if len(text) <= LONGEST]
        frame = pd.DataFrame(kept, columns=[ANY_ATTRIBUTE, _CLIENTS, _CLIENTS + N_SUFFIX])
        facts = {} if names else {"nothing": NOTHING}
        return Answer(frame, ask.window, facts, (), everyone.ignored, everyone.n(_CLIENTS))


def _counted(ask: Ask, names: list[str]) -> Select[Any]:
    """The clients of the viewer at the end of the period, by name and value."""
    columns, day = customer_attribute.c, min(ask.window.last_day, ask.data.as_of)
    kept, _ = conditions(CUSTOMER, ask.selection.conditions(), ask.viewer, ask.window, day)
    source = dim_customer.join(customer_attribute, columns.customer_key == dim_customer.c.customer_key)
    wanted = select(columns.name, columns.shown, func.count()).select_from(source)
    wanted = wanted.where(columns.name.in_(names), holds(CUSTOMER, day, ask.window), *kept)
    return wanted.group_by(columns.name, columns.shown).order_by(columns.name, func.min(columns.position))
