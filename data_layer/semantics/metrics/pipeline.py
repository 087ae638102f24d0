"""Metrics of the sales pipeline."""

from sqlalchemy import func

from data_layer.semantics.facts import STAGE_CHANGE
from data_layer.semantics.metric import Good, Kind, Metric, Unit, median
from data_layer.warehouse.tables import dim_stage
from data_layer.warehouse.tables import fact_stage_change as s

_SOURCES = ("opportunities", "stage_changes")
_WON = s.c.stage_key.in_(dim_stage.select().with_only_columns(dim_stage.c.stage_key).where(dim_stage.c.is_won))
_LOST = s.c.stage_key.in_(dim_stage.select().with_only_columns(dim_stage.c.stage_key).where(dim_stage.c.is_lost))

OPPORTUNITIES = Metric(
    "opportunities", "Opportunities",
    "Opportunities by the stage they are in at the end of the period.",
    "count of opportunities in a stage at the end of the last day", Unit.COUNT, Good.UP,
    STAGE_CHANGE, func.count(), func.count(), "opportunities", _SOURCES, Kind.STOCK, additive=True,
)  # fmt: skip
OPPORTUNITY_VALUE = Metric(
    "opportunity_value", "Opportunity value",
    "Value of the opportunities by the stage they are in at the end of the period.",
    "sum of value of opportunities in a stage at the end of the last day", Unit.MONEY, Good.UP,
    STAGE_CHANGE, func.sum(s.c.value), func.count(s.c.value), "opportunities", _SOURCES, Kind.STOCK, additive=True,
)  # fmt: skip
WIN_RATE = Metric(
    "win_rate", "Win rate",
    "Of the opportunities closed in the period, the share that were won.",
    "won ÷ (won + lost)", Unit.RATE, Good.UP,
    STAGE_CHANGE, 1.0 * func.count().filter(_WON) / func.nullif(func.count(), 0), func.count(),
    "closed opportunities", _SOURCES, where=_WON | _LOST,
)  # fmt: skip
DAYS_IN_STAGE = Metric(
    "days_in_stage", "Days in stage",
    "Median days of the completed stays in a stage, by the day the stage was entered. Open stays are not in it.",
    "median(left − entered) over completed stays", Unit.DAYS, Good.DOWN,
    STAGE_CHANGE, median(s.c.days_in_stage), func.count(s.c.days_in_stage), "completed stays", _SOURCES,
)  # fmt: skip

METRICS = (OPPORTUNITIES, OPPORTUNITY_VALUE, WIN_RATE, DAYS_IN_STAGE)
