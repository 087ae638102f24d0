"""Metrics of money: assets under management, flows, fees."""

from sqlalchemy import func

from data_layer.semantics.facts import BALANCE
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.warehouse.tables import fact_balance as b

_SOURCES = ("account_balances",)

AUM = Metric(
    "aum", "Assets under management",
    "Sum over accounts (client × product) of the last balance at or before the end of the period, if it is not older "
    "than 45 days (setting). Balances are never added over dates.",
    "Σ last balance per account, at most 45 days old", Unit.MONEY, Good.UP,
    BALANCE, func.sum(b.c.balance), func.count(), "accounts", _SOURCES, Kind.STOCK, additive=True,
)  # fmt: skip
CONTRIBUTIONS = Metric(
    "contributions", "Contributions",
    "Money paid in, by the date of the account statement that reports it.",
    "Σ contributions", Unit.MONEY, Good.UP,
    BALANCE, func.sum(b.c.contributions), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip
WITHDRAWALS = Metric(
    "withdrawals", "Withdrawals",
    "Money taken out, by the date of the account statement that reports it.",
    "Σ withdrawals", Unit.MONEY, Good.DOWN,
    BALANCE, func.sum(b.c.withdrawals), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip
NET_FLOWS = Metric(
    "net_flows", "Net flows",
    "Money paid in less money taken out.",
    "contributions − withdrawals", Unit.MONEY, Good.UP,
    BALANCE, func.sum(func.coalesce(b.c.contributions, 0) - func.coalesce(b.c.withdrawals, 0)), func.count(),
    "account statements", _SOURCES, additive=True,
)  # fmt: skip
INVESTMENT_RETURNS = Metric(
    "investment_returns", "Investment returns",
    "Gains and losses of the investments, by the date of the account statement that reports them.",
    "Σ investment returns", Unit.MONEY, Good.UP,
    BALANCE, func.sum(b.c.investment_returns), func.count(), "account statements", _SOURCES, additive=True,
)  # fmt: skip

METRICS = (AUM, CONTRIBUTIONS, WITHDRAWALS, NET_FLOWS, INVESTMENT_RETURNS)
