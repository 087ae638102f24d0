"""The 24 products, the daily market and what each product earned in each month."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from data_layer.synthetic.columns import cents, days, flags
from data_layer.synthetic.scope import Int, Real, Scope, day_number, weekday
from data_layer.synthetic.stories import Plan
from data_layer.synthetic.writer import Writer


class Product(NamedTuple):
    """Fees: percent and dollars a year.  ``stocks``, ``bonds``: sensitivity to the indices.  ``alpha``: a year's
    return beside them.  ``noise``: standard deviation of a month's own return.  ``since``: years before the end."""

    name: str
    category: str
    risk: str
    fee: float
    fixed: float
    least: int
    stocks: float
    bonds: float
    alpha: float
    noise: float
    since: float
    active: bool = True


CATALOGUE: Final = (
    Product("US Large Cap Index", "Equity", "Medium", 0.18, 0, 500, 1.00, 0.0, 0.000, 0.004, 14),
    Product("US Growth Equity", "Equity", "High", 0.75, 0, 1_000, 1.22, 0.0, 0.012, 0.013, 12),
    Product("Small Cap Opportunities", "Equity", "High", 0.95, 0, 2_500, 1.28, 0.0, -0.004, 0.018, 9),
    Product("International Equity", "Equity", "High", 0.62, 0, 1_000, 0.92, 0.0, -0.006, 0.015, 11),
    Product("Dividend Income", "Equity", "Medium", 0.48, 0, 1_000, 0.74, 0.1, 0.008, 0.008, 10),
    Product("Core Bond", "Fixed income", "Low", 0.30, 0, 500, 0.03, 0.98, 0.004, 0.002, 14),
    Product("Corporate Bond", "Fixed income", "Medium", 0.45, 0, 1_000, 0.14, 0.95, 0.010, 0.004, 12),
    Product("Municipal Bond", "Fixed income", "Low", 0.35, 0, 5_000, 0.02, 0.80, 0.003, 0.003, 13),
    Product("High Yield Bond", "Fixed income", "High", 0.80, 0, 2_500, 0.42, 0.60, 0.014, 0.009, 8),
    Product("Conservative Balanced", "Balanced", "Low", 0.55, 0, 500, 0.32, 0.62, 0.002, 0.003, 13),
    Product("Moderate Balanced", "Balanced", "Medium", 0.60, 0, 500, 0.56, 0.40, 0.003, 0.004, 13),
    Product("Growth Balanced", "Balanced", "Medium", 0.65, 0, 500, 0.78, 0.20, 0.004, 0.006, 13),
    Product("Sustainable Balanced", "Balanced", "Medium", 0.70, 0, 500, 0.60, 0.36, -0.003, 0.007, 1.15),
    Product("Prime Money Market", "Money market", "Low", 0.20, 0, 100, 0.0, 0.02, 0.041, 0.0003, 14),
    Product("Government Money Market", "Money market", "Low", 0.15, 0, 100, 0.0, 0.02, 0.038, 0.0002, 14),
    Product("Cash Reserve", "Money market", "Low", 0.10, 12, 100, 0.0, 0.0, 0.030, 0.0001, 12),
    Product("Target Retirement 2035", "Retirement", "Medium", 0.42, 24, 100, 0.50, 0.46, 0.003, 0.003, 12),
    Product("Target Retirement 2045", "Retirement", "Medium", 0.42, 24, 100, 0.72, 0.26, 0.004, 0.004, 12),
    Product("Target Retirement 2055", "Retirement", "High", 0.42, 24, 100, 0.90, 0.10, 0.004, 0.005, 10),
    Product("Retirement Income", "Retirement", "Low", 0.50, 24, 1_000, 0.28, 0.62, 0.005, 0.003, 11),
    Product("Real Estate Income", "Alternatives", "High", 1.10, 60, 5_000, 0.62, 0.30, 0.004, 0.014, 9),
    Product("Global Real Assets", "Alternatives", "High", 1.35, 60, 5_000, 0.55, 0.05, -0.002, 0.014, 7),
    Product("Private Credit", "Alternatives", "High", 1.50, 120, 25_000, 0.20, 0.25, 0.045, 0.006, 5),
    Product("Managed Futures", "Alternatives", "High", 1.60, 120, 10_000, -0.18, 0.10, 0.020, 0.020, 8, False),
)
LOSING: Final = 21
CLOSED: Final = 23  # takes no new money since 18 months
CLOSED_FOR_DAYS: Final = 548
CATEGORIES: Final = ("Equity", "Fixed income", "Balanced", "Money market", "Retirement", "Alternatives")


def product_id(number: int) -> str:
    """``P001`` is number 0."""
    return f"P{number + 1:03d}"


PRODUCT_IDS: Final = tuple(product_id(number) for number in range(len(CATALOGUE)))


def launched(scope: Scope) -> Int:
    """Shape (products,): the day each was launched."""
    return np.array([scope.last - round(product.since * 365.25) for product in CATALOGUE], np.int64)


@dataclass(frozen=True)
class Market:
    """Daily indices (business days and the day before the scope) and ``returns`` of shape (products, months)."""

    days: Int
    stocks: Real
    bonds: Real
    returns: Real


def market(scope: Scope, plan: Plan) -> Market:
    """One path of the market; products follow it by their sensitivities."""
    rng = scope.rng("market")
    every = np.arange(scope.first - 10, scope.last + 1)
    business = every[weekday(every) < 5]
    common = rng.standard_t(5, len(business)) / np.sqrt(5 / 3)
    own = rng.standard_normal(len(business))
    stocks = 4_300 * np.exp(np.cumsum(0.085 / 252 + 0.0085 * common))
    bonds = 2_050 * np.exp(np.cumsum(0.034 / 252 + 0.0029 * (0.15 * common + 0.98 * own)))
    edges = np.append(scope.first - 1, scope.ends)
    at = np.searchsorted(business, edges, side="right") - 1
    stock_months, bond_months = stocks[at[1:]] / stocks[at[:-1]] - 1, bonds[at[1:]] / bonds[at[:-1]] - 1
    share = np.diff(edges) / 30.4
    noise = rng.standard_normal((len(CATALOGUE), scope.months)) * np.sqrt(share)
    rows = [
        product.stocks * stock_months
        + product.bonds * bond_months
        + product.alpha / 12 * share
        + product.noise * own_row
        for product, own_row in zip(CATALOGUE, noise, strict=True)
    ]
    returns = np.array(rows)
    bad = scope.ends >= day_number(plan.losing.since)
    returns[LOSING, bad] = np.minimum(returns[LOSING, bad], 0.012 * share[bad]) - 0.026 * share[bad]
    return Market(business, stocks, bonds, returns)


def write_products(writer: Writer, scope: Scope, prices: Market) -> None:
    """``products`` and ``market_data``."""
    writer.write(
        "products",
        {
            "product_id": pa.array(PRODUCT_IDS),
            "product_name": pa.array([product.name for product in CATALOGUE]),
            "product_category": pa.array([product.category for product in CATALOGUE]),
            "launch_date": days(launched(scope)),
            "min_investment": cents(np.array([product.least * 100 for product in CATALOGUE], np.int64)),
            "annual_fee_percentage": pa.array([product.fee for product in CATALOGUE]),
            "management_fee_fixed": cents(np.array([round(product.fixed * 100) for product in CATALOGUE], np.int64)),
            "risk_level": pa.array([product.risk for product in CATALOGUE]),
            "active_status": flags(np.array([product.active for product in CATALOGUE])),
        },
    )
    rng = scope.rng("economy")
    months = prices.days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    step = months - months[0]
    walk = rng.normal(0, 1, (3, int(step[-1]) + 1)).cumsum(axis=1)[:, step]
    writer.write(
        "market_data",
        {
            "date": days(prices.days),
            "sp500_index": pa.array(prices.stocks.round(2)),
            "bond_index": pa.array(prices.bonds.round(2)),
            "inflation_rate": pa.array(np.clip(2.9 + 0.12 * walk[0], 0.2, 9.0).round(2)),
            "prime_rate": pa.array((np.clip(7.5 + 0.12 * walk[1], 3.0, 11.0) * 4).round() / 4),
            "unemployment_rate": pa.array(np.clip(4.1 + 0.08 * walk[2], 2.5, 9.0).round(1)),
        },
    )
