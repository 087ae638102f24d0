"""Metrics of the sales pipeline.

Where opportunities *stand* is counted over their stays in stages.  How far they *came* is counted over the stages they
passed, by cohort: the day on which an opportunity began puts all of its way into a period, and it is followed up to the
last day of the data.
"""

from math import nan

from sqlalchemy import ColumnElement, Double, and_, cast, func, not_, select

from data_layer.semantics.facts import STAGE_CHANGE, STAGE_PASSAGE
from data_layer.semantics.metric import LOOKED_AT, Good, Kind, Metric, Unit, count_where, median, rate, total
from data_layer.warehouse.tables import dim_stage
from data_layer.warehouse.tables import fact_stage_change as s
from data_layer.warehouse.tables import rollup_stage_passage as p

_SOURCES = ("opportunities", "stage_changes")


def _in_stage(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return s.c.stage_key.in_(select(dim_stage.c.stage_key).where(condition))


_WON = _in_stage(dim_stage.c.is_won)
_LOST = _in_stage(dim_stage.c.is_lost)
_OPEN = _in_stage(and_(not_(dim_stage.c.is_won), not_(dim_stage.c.is_lost)))

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
    STAGE_CHANGE, total(s.c.value), func.count(s.c.value), "opportunities", _SOURCES, Kind.STOCK, additive=True,
)  # fmt: skip
OPEN_OPPORTUNITIES = Metric(
    "open_opportunities", "Open opportunities",
    "Opportunities that are neither won nor lost at the end of the period.",
    "count of opportunities in an open stage at the end of the last day", Unit.COUNT, Good.UP,
    STAGE_CHANGE, func.count(), func.count(), "open opportunities", _SOURCES, Kind.STOCK, where=_OPEN, additive=True,
)  # fmt: skip
OPEN_VALUE = Metric(
    "open_opportunity_value", "Open value",
    "Value of the opportunities that are neither won nor lost at the end of the period.",
    "sum of value of opportunities in an open stage at the end of the last day", Unit.MONEY, Good.UP,
    STAGE_CHANGE, total(s.c.value), func.count(s.c.value), "open opportunities with a value", _SOURCES, Kind.STOCK,
    where=_OPEN, additive=True,
)  # fmt: skip
DAYS_WAITING = Metric(
    "days_waiting", "Days waiting",
    "Median days that the open opportunities have been in the stage they are in, at the end of the period. These stays "
    "are not completed and are no part of “days in stage”.",
    "median(last day − entered) over open stays", Unit.DAYS, Good.DOWN,
    STAGE_CHANGE, median(cast(LOOKED_AT - s.c.entered_date, Double)), func.count(), "open opportunities", _SOURCES,
    Kind.STOCK, where=_OPEN,
)  # fmt: skip
WIN_RATE = Metric(
    "win_rate", "Win rate",
    "Of the opportunities closed in the period, the share that were won. One that was closed, reopened and closed again "
    "counts once, as it was closed last.",
    "won ÷ (won + lost), each opportunity by its last closing in the period", Unit.RATE, Good.UP,
    STAGE_CHANGE, 1.0 * count_where(_WON) / func.nullif(func.count(), 0), func.count(),
    "closed opportunities", _SOURCES, where=_WON | _LOST, superseded="closed_again_date",
)  # fmt: skip
AVERAGE_WON_VALUE = Metric(
    "average_won_value", "Average value won",
    "Average value of the opportunities won in the period.",
    "sum of value ÷ won opportunities with a value", Unit.MONEY, Good.UP,
    STAGE_CHANGE, cast(func.sum(s.c.value), Double) / func.nullif(func.count(s.c.value), 0), func.count(s.c.value),
    "won opportunities with a value", _SOURCES, where=_WON, superseded="closed_again_date",
)  # fmt: skip
SALES_CYCLE = Metric(
    "sales_cycle_days", "Sales cycle",
    "Median days from the beginning of an opportunity until it was won, of those won in the period.",
    "median(won − began) over won opportunities", Unit.DAYS, Good.DOWN,
    STAGE_CHANGE, median(s.c.days_since_begun), func.count(s.c.days_since_begun), "won opportunities", _SOURCES,
    where=_WON, superseded="closed_again_date",
)  # fmt: skip


def velocity(opportunities: float, win_rate: float, value: float, days: float) -> float:
    """Money a day that the open opportunities promise; NaN where a part is unknown or a cycle takes no time."""
    return opportunities * win_rate * value / days if days > 0 else nan


PIPELINE_VELOCITY = Metric(
    "pipeline_velocity", "Pipeline velocity, a day",
    "The money a day that the open opportunities would bring if they went as those closed in the period did. Every open "
    "one counts, however long it has been asleep: where many are, it promises too much; see days waiting.",
    "open opportunities × win rate × average value won ÷ median sales cycle in days", Unit.MONEY, Good.UP,
    STAGE_CHANGE, func.count(), func.count(), "open opportunities", _SOURCES, Kind.STOCK, where=_OPEN,
    of=("open_opportunities", "win_rate", "average_won_value", "sales_cycle_days"), derive=velocity,
)  # fmt: skip
DAYS_IN_STAGE = Metric(
    "days_in_stage", "Days in stage",
    "Median days of the completed stays in a stage, by the day the stage was entered. Open stays are not in it.",
    "median(left − entered) over completed stays", Unit.DAYS, Good.DOWN,
    STAGE_CHANGE, median(s.c.days_in_stage), func.count(s.c.days_in_stage), "completed stays", _SOURCES,
)  # fmt: skip
STAGE_REACHED = Metric(
    "stage_reached", "Reached the stage",
    "Of the opportunities that began in the period, those that reached the stage since. A skipped stage counts as passed.",
    "count of opportunities that were in the stage or beyond it", Unit.COUNT, Good.UP,
    STAGE_PASSAGE, func.count(), func.count(), "opportunities", _SOURCES, additive=True,
)  # fmt: skip
VALUE_REACHED = Metric(
    "stage_reached_value", "Value that reached the stage",
    "Value, as last known, of the opportunities that began in the period and reached the stage since.",
    "sum of value of opportunities that were in the stage or beyond it", Unit.MONEY, Good.UP,
    STAGE_PASSAGE, total(p.c.value), func.count(p.c.value), "opportunities with a value", _SOURCES, additive=True,
)  # fmt: skip
LOST_FROM_STAGE = Metric(
    "lost_from_stage", "Lost from the stage",
    "Of the opportunities that began in the period, those that are lost on the last day of the data, by the furthest "
    "stage they had reached.",
    "count of lost opportunities by their furthest stage", Unit.COUNT, Good.DOWN,
    STAGE_PASSAGE, func.count(), func.count(), "lost opportunities", _SOURCES, where=p.c.lost_date.is_not(None),
    additive=True,
)  # fmt: skip
STAGE_CONVERSION = Metric(
    "stage_conversion_rate", "Conversion to the next stage, in time",
    "Of the opportunities that began in the period and reached a stage, the share that went on to the next within 90 days "
    "(setting) of entering it. Those that entered too recently to know are left out. A skipped stage counts as passed.",
    "went on within 90 days ÷ entered at least 90 days before the last day", Unit.RATE, Good.UP,
    STAGE_PASSAGE, rate(p.c.is_in_time), func.count(), "opportunities with all 90 days behind them", _SOURCES,
    where=p.c.has_next & p.c.is_due,
)  # fmt: skip
STAGE_CONVERSION_EVER = Metric(
    "stage_conversion_ever_rate", "Conversion to the next stage, ever",
    "Of the opportunities that began in the period and reached a stage, the share that has gone on to the next so far, "
    "however long it took. It can still rise. A skipped stage counts as passed.",
    "went on ÷ entered", Unit.RATE, Good.UP,
    STAGE_PASSAGE, rate(p.c.next_date.is_not(None)), func.count(), "opportunities that reached the stage", _SOURCES,
    where=p.c.has_next,
)  # fmt: skip
PIPELINE_CONVERSION = Metric(
    "pipeline_conversion_rate", "Conversion to won, in time",
    "Of the opportunities that began in the period, the share that was won within 90 days (setting). Those that began too "
    "recently to know are left out.",
    "won within 90 days ÷ began at least 90 days before the last day", Unit.RATE, Good.UP,
    STAGE_PASSAGE, rate(p.c.is_won_in_time), func.count(), "opportunities with all 90 days behind them", _SOURCES,
    where=p.c.is_first & p.c.is_due,
)  # fmt: skip
PIPELINE_CONVERSION_EVER = Metric(
    "pipeline_conversion_ever_rate", "Conversion to won, ever",
    "Of the opportunities that began in the period, the share that has been won so far. It can still rise.",
    "won ÷ began", Unit.RATE, Good.UP,
    STAGE_PASSAGE, rate(p.c.won_date.is_not(None)), func.count(), "opportunities that began", _SOURCES, where=p.c.is_first,
)  # fmt: skip

METRICS = (
    OPPORTUNITIES, OPPORTUNITY_VALUE, OPEN_OPPORTUNITIES, OPEN_VALUE, DAYS_WAITING, WIN_RATE, AVERAGE_WON_VALUE,
    SALES_CYCLE, PIPELINE_VELOCITY, DAYS_IN_STAGE, STAGE_REACHED, VALUE_REACHED, LOST_FROM_STAGE, STAGE_CONVERSION,
    STAGE_CONVERSION_EVER, PIPELINE_CONVERSION, PIPELINE_CONVERSION_EVER,
)  # fmt: skip
