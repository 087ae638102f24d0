"""Which campaign a conversion came of, by its definition, one conversion after the other."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tests.data.oracle.contacts import Table

WON = ("Won",)


class Sale(NamedTuple):
    """A conversion; ``at`` is NaT where only its day is known."""

    customer: str
    kind: str
    product: str | None
    day: pd.Timestamp
    at: pd.Timestamp
    amount: float


def attributed(
    table: Table, tried: pd.DataFrame, entries: pd.DataFrame, clients: pd.Index, as_of: pd.Timestamp, days: int
) -> pd.DataFrame:
    """The recipients with ``converted`` (0 or 1) and ``revenue`` (NaN where none of the amounts is known)."""
    rows = table("campaign_recipients")
    replies = rows.loc[tried["is_replied"], ["recipient_id", "contact_id", "replied_at", "replied_at_day"]]
    of_client = {who: list(some.itertuples()) for who, some in replies.groupby("contact_id")}
    brought: dict[Any, list[Sale]] = defaultdict(list)
    for sale in (*_won(entries), *_taken(table)):
        before = [reply for reply in of_client.get(sale.customer, []) if _precedes(reply, sale)]
        if before and sale.customer in clients and sale.day <= as_of:
            last = max(before, key=_order)
            if _is_near(last, sale, days):
                brought[last.Index].append(sale)
    revenue = pd.Series({place: _revenue(sales) for place, sales in brought.items()}, dtype=float)
    converted = rows.index.isin(list(brought))
    return tried.assign(converted=converted.astype(float), revenue=revenue.reindex(rows.index).where(converted, 0.0))


def _won(entries: pd.DataFrame) -> Iterator[Sale]:
    """The first time that each opportunity was won."""
    won = entries[entries["stage"].isin(WON) & entries["customer"].notna()].drop_duplicates("deal")
    for row in won.itertuples():
        product = None if pd.isna(row.product) else str(row.product)
        yield Sale(str(row.customer), "deal", product, row.day, row.at, row.value)  # type: ignore[arg-type]


def _taken(table: Table) -> Iterator[Sale]:
    """Enrolments, each worth the fees of its first year."""
    products = table("products").set_index("product_id")
    rows = table("enrollments")
    for row in rows[rows["customer_id"].notna()].itertuples():
        percent, fixed = np.nan, np.nan
        if row.product_id in products.index:
            percent, fixed = products.loc[row.product_id, ["annual_fee_percentage", "management_fee_fixed"]]
        nothing = np.isnan(percent) and np.isnan(fixed)
        share = 0.0 if np.isnan(percent) or percent == 0 else row.initial_investment * percent / 100
        worth = np.nan if nothing else share + (0.0 if np.isnan(fixed) else fixed)
        yield Sale(row.customer_id, "enrolment", row.product_id, row.enrollment_date, pd.NaT, worth)  # type: ignore[arg-type]


def _precedes(reply: Any, sale: Sale) -> bool:
    if pd.isna(reply.replied_at) or pd.isna(sale.at):
        return bool(reply.replied_at_day <= sale.day)
    return bool(reply.replied_at <= sale.at)


def _order(reply: Any) -> tuple[Any, ...]:
    """Of one day: what has no time first; at one moment: by number."""
    timed = not pd.isna(reply.replied_at)
    return reply.replied_at_day, timed, reply.replied_at if timed else pd.Timestamp(0), reply.recipient_id


def _is_near(reply: Any, sale: Sale, days: int) -> bool:
    if pd.isna(reply.replied_at) or pd.isna(sale.at):
        return bool(sale.day - reply.replied_at_day <= pd.Timedelta(days=days))
    return bool(sale.at - reply.replied_at <= pd.Timedelta(days=days))


def _revenue(sales: list[Sale]) -> float:
    """What is known of it; an enrolment in what a deal of known value was about is the same sale."""
    deals = {sale.product for sale in sales if sale.kind == "deal" and not np.isnan(sale.amount)}
    told = [sale.amount for sale in sales if sale.kind == "deal" or not deals & {sale.product, None}]
    known = [amount for amount in told if not np.isnan(amount)]
    return sum(known) if known else np.nan
