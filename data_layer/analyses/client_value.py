"""What clients are worth by how long they have been with us: tenure × balance, as points or, where dense, as bins."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import BALANCE, CUSTOMER
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import NAME_SUFFIX, Query
from data_layer.semantics.run import run
from data_layer.semantics.scope import conditions, holds
from data_layer.warehouse.bands import NO_BALANCE
from data_layer.warehouse.tables import UNKNOWN, dim_customer

# More points than that hide each other, and the browser draws them slowly.
MOST_POINTS = 800
YEAR_DAYS = 365.25
POINTS, BINS = "points", "bins"


@dataclass(frozen=True)
class ClientValue:
    """Clients with a balance, by tenure and balance on the last day of the data.

    Many are counted in the database, in bins of half a year by bands of 1, 2 and 5: a hundred thousand clients are a few
    hundred numbers.  Few are points.
    Frame of bins: ``tenure_step``, ``balance_band``, ``total_clients`` with its n.  Frame of points: ``customer`` with its
    name, ``tenure_years``, ``aum``.  Facts: ``kind`` ("bins" or "points"), ``without`` (clients without a balance).
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("total_clients", "aum")

    def __call__(self, ask: Ask) -> Answer:
        today = Window(ask.data.as_of, ask.data.as_of + DAY)
        result = run(Query(("total_clients",), ("tenure_step", "balance_band")), ask.selection, ask.viewer, ask.data)
        needed = run(Query(self.metrics), ask.selection, ask.viewer, ask.data).missing
        if needed:
            return Answer(pd.DataFrame(), today, missing=self.metrics)
        frame = result.frame
        kept = (frame["balance_band"] != NO_BALANCE) & (frame["balance_band"] != UNKNOWN)
        bins, without = frame[kept].reset_index(drop=True), int(frame.loc[~kept, "total_clients"].sum())
        count = int(bins["total_clients"].sum())
        if not count:
            return Answer(bins, today, ignored=result.ignored)
        if count > MOST_POINTS:
            return Answer(bins, today, {"kind": BINS, "without": without}, (), result.ignored, count)
        return Answer(_points(ask), today, {"kind": POINTS, "without": without}, (), result.ignored, count)


def _points(ask: Ask) -> pd.DataFrame:
    with ask.data.connect() as connection:
        rows = [tuple(row) for row in connection.execute(_statement(ask))]
    frame = pd.DataFrame(rows, columns=["customer", "customer" + NAME_SUFFIX, "first_seen", "aum"])
    days = [(ask.data.as_of - day).days for day in frame["first_seen"]]
    frame["tenure_years"] = [count / YEAR_DAYS for count in days]
    frame["aum"] = frame["aum"].astype(float)
    return frame[["customer", "customer" + NAME_SUFFIX, "tenure_years", "aum"]]


def _statement(ask: Ask) -> Select[Any]:
    """The clients that the bins count, each with the sum of what holds on the last day."""
    balance, day = BALANCE.table.c, min(ask.window.last_day, ask.data.as_of)
    sums = select(balance.customer_key, func.sum(balance.balance).label("balance")).where(
        holds(BALANCE, ask.data.as_of, ask.window)
    )
    held = sums.group_by(balance.customer_key).subquery()
    kept, _ = conditions(CUSTOMER, ask.selection.conditions(), ask.viewer, ask.window, day)
    c = dim_customer.c
    wanted = select(c.customer_id, c.full_name, c.first_seen_date, held.c.balance)
    wanted = wanted.select_from(dim_customer.join(held, held.c.customer_key == c.customer_key))
    return wanted.where(holds(CUSTOMER, day, ask.window), c.balance_band != NO_BALANCE, *kept).order_by(c.customer_id)
