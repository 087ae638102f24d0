"""Metrics of money: assets under management, flows, fees."""

from sqlalchemy import case, func, or_

from data_layer.semantics.facts import BALANCE
from data_layer.semantics.metric import Good, Kind, Metric, Unit, total
from data_layer.warehouse.tables import fact_balance as b

_SOURCES = ("account_balances",)
# A statement that knows one of the two and leaves the other out means that there was none of it.
_NET = case(
    (or_(b.c.contributions.is_not(None), b.c.withdrawals.is_not(None)),
     func.coalesce(b.c.contributions, 0) - func.coalesce(b.c.withdrawals, 0)),
)  # fmt: skip

AUM = Metric(
    "aum", "Assets under management",
    "Sum over accounts (client × product) of the last balance at or before the end of the period, if it is not older "
    "than 45 days (setting). Balances are never added over dates.",
    "Σ last balance per account, at most 45 days old", Unit.MONEY, Good.UP,
    BALANCE, total(b.c.balance), func.count(), "accounts", _SOURCES, Kind.STOCK, additive=True,
)  # fmt: skip
CONTRIBUTIONS = Metric(
    "contributions", "Contributions",
    "Money paid in, by the date of the account statement that reports it.",
    "Σ contributions", Unit.MONEY, Good.UP,
    BALANCE, total(b.c.contributions), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip
WITHDRAWALS = Metric(
    "withdrawals", "Withdrawals",
    "Money taken out, by the date of the account statement that reports it.",
    "Σ withdrawals", Unit.MONEY, Good.DOWN,
    BALANCE, total(b.c.withdrawals), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip
NET_FLOWS = Metric(
    "net_flows", "Net flows",
    "Money paid in less money taken out.",
    "contributions − withdrawals", Unit.MONEY, Good.UP,
    BALANCE, total(_NET), func.count(),
    "account statements", _SOURCES, additive=True,
)  # fmt: skip
INVESTMENT_RETURNS = Metric(
    "investment_returns", "Investment returns",
    "Gains and losses of the investments, by the date of the account statement that reports them.",
    "Σ investment returns", Unit.MONEY, Good.UP,
    BALANCE, total(b.c.investment_returns), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip

METRICS = (AUM, CONTRIBUTIONS, WITHDRAWALS, NET_FLOWS, INVESTMENT_RETURNS)
