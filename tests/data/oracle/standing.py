"""How clients stand: their cohort, their tenure and balance in steps, and the days on which they came, left, returned."""

from bisect import bisect_right

import pandas as pd

from tests.data.oracle.people import UNKNOWN

DAY = pd.Timedelta(days=1)
LIMITS = [0, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000]
LIMITS += [1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000]
NAMES = [
    "Below 0", "Under 1 k", "1–2 k", "2–5 k", "5–10 k", "10–20 k", "20–50 k", "50–100 k", "100–200 k", "200–500 k",
    "500 k–1 M", "1–2 M", "2–5 M", "5–10 M", "10–20 M", "20–50 M", "50 M and over",
]  # fmt: skip


def cohorts(held: pd.DataFrame, clients: pd.Index) -> pd.Series:
    """The month of each client's first enrolment that lasted for a day at least."""
    lasting = held[~(held["closed"] <= held["day"])]
    first = lasting.groupby("customer")["day"].min().reindex(clients)
    return first.dt.strftime("%Y-%m").astype(object).where(first.notna(), "Not enrolled")


def first_categories(held: pd.DataFrame, products: pd.DataFrame, clients: pd.Index) -> pd.Series:
    """The category of the first product that each client took; of several on one day, the one with the lowest id."""
    first = held.sort_values(["day", "id"]).drop_duplicates("customer").set_index("customer")["product"]
    categories = first.map(products.set_index("product_id")["product_category"]).fillna(UNKNOWN)
    return categories.reindex(clients).fillna("No product")


def tenure_step(first_seen: pd.Timestamp, as_of: pd.Timestamp) -> str:
    """Half-years since the client was first seen: 3–3.5 years."""
    if pd.isna(first_seen):
        return UNKNOWN
    months = (as_of.year - first_seen.year) * 12 + as_of.month - first_seen.month - (as_of.day < first_seen.day)
    return f"{months // 6 / 2:g}–{(months // 6 + 1) / 2:g} years"


def balance_bands(last: pd.DataFrame, clients: pd.Index) -> list[str]:
    """The band of what each client has on all accounts; ``last``: the balances that count, in cents."""
    totals = (last.groupby("customer")["balance"].sum() / 100).to_dict()
    return [NAMES[bisect_right(LIMITS, totals[client])] if client in totals else "No balance" for client in clients]


def moves(first_seen: pd.Series, held: pd.DataFrame) -> pd.DataFrame:
    """Who was new, enrolled, lost and returned on which day: on each day that something began or ended, looked at afresh."""
    lasting = held[~(held["closed"] <= held["day"])]
    found = [(client, day, "New") for client, day in first_seen.dropna().items()]
    for client, rows in lasting.groupby("customer"):
        begins, ends = rows["day"].tolist(), rows["closed"].fillna(pd.Timestamp(9999, 12, 31)).tolist()
        holds = lambda day, b=begins, e=ends: any(x <= day < y for x, y in zip(b, e, strict=True))  # noqa: E731
        for day in sorted({*begins, *ends} - {pd.Timestamp(9999, 12, 31)}):
            before, after = holds(day - DAY), holds(day)
            if after and not before:
                found.append((client, day, "Returned" if min(begins) < day else "Enrolled"))
            elif before and not after:
                found.append((client, day, "Lost"))
    return pd.DataFrame(found, columns=["customer", "day", "movement"]).astype({"day": "datetime64[us]"})
