"""Metrics of follow-ups: promised actions, kept or not.

All but the two at the end count the actions *due* in the period, not later than as-of, cancelled ones excluded:
completed on time + late + overdue = due.
"""

from sqlalchemy import func

from data_layer.semantics.facts import COMPLETED_FOLLOWUP, FOLLOWUP, OVERDUE_FOLLOWUP
from data_layer.semantics.metric import Good, Kind, Metric, Unit, count_where, median, rate
from data_layer.warehouse.tables import fact_followup as f

_SOURCES = ("followup_actions",)
_COUNTS = f.c.status != "Cancelled"
_COMPLETED = f.c.status == "Completed"

DUE = Metric(
    "followups_due", "Follow-ups due",
    "Promised actions that fell due in the period, up to as-of; cancelled ones are left out.",
    "count of actions due", Unit.COUNT, Good.NEUTRAL,
    FOLLOWUP, func.count(), func.count(), "actions due", _SOURCES, additive=True,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
COMPLETION_RATE = Metric(
    "followup_completion_rate", "Follow-up completion",
    "Share of the actions due in the period that were completed, on time or late.",
    "completed ÷ due", Unit.RATE, Good.UP, FOLLOWUP, rate(_COMPLETED), func.count(), "actions due", _SOURCES,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
ON_TIME_RATE = Metric(
    "followup_on_time_rate", "Follow-ups on time",
    "Share of the actions due in the period that were completed at or before the time they were due. A date without "
    "a time falls due at the end of that local day.",
    "completed on time ÷ due", Unit.RATE, Good.UP,
    FOLLOWUP, rate(_COMPLETED & ~f.c.is_late), func.count(), "actions due", _SOURCES,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
ON_TIME = Metric(
    "followups_on_time", "Completed on time",
    "Actions due in the period that were completed at or before the time they were due.",
    "count of actions completed by the time they were due", Unit.COUNT, Good.UP,
    FOLLOWUP, count_where(_COMPLETED & ~f.c.is_late), func.count(), "actions due", _SOURCES, additive=True,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
LATE = Metric(
    "followups_late", "Completed late",
    "Actions due in the period that were completed after they were due.",
    "count of actions completed after due", Unit.COUNT, Good.DOWN,
    FOLLOWUP, count_where(_COMPLETED & f.c.is_late), func.count(), "actions due", _SOURCES, additive=True,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
OVERDUE = Metric(
    "followups_overdue", "Overdue",
    "Actions due in the period that are still open past due.",
    "count of open actions past due", Unit.COUNT, Good.DOWN,
    FOLLOWUP, count_where(f.c.status == "Open"), func.count(), "actions due", _SOURCES, additive=True,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
DELAY_DAYS = Metric(
    "followup_delay_days", "Average delay",
    "Mean days between due and done, over the actions due in the period that were completed late. Open ones are not "
    "in it: abandoning a task cannot improve it.",
    "mean(completed − due) over late completed actions", Unit.DAYS, Good.DOWN,
    FOLLOWUP, func.avg(f.c.delay_days).filter(_COMPLETED & f.c.is_late), count_where(_COMPLETED & f.c.is_late),
    "late completed actions", _SOURCES,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
DELAY_MEDIAN_DAYS = Metric(
    "followup_delay_median_days", "Median delay",
    "Median days between due and done, over the actions due in the period that were completed late. A few very late ones "
    "move it less than the average.",
    "median(completed − due) over late completed actions", Unit.DAYS, Good.DOWN,
    FOLLOWUP, median(f.c.delay_days).filter(_COMPLETED & f.c.is_late), count_where(_COMPLETED & f.c.is_late),
    "late completed actions", _SOURCES,
    where=_COUNTS, as_of_limited=True,
)  # fmt: skip
OVERDUE_NOW = Metric(
    "followups_overdue_now", "Overdue follow-ups",
    "Promised actions past due and not done at the end of the period, whenever they were due.",
    "count of actions due before the end of the last day and not done by then", Unit.COUNT, Good.DOWN,
    OVERDUE_FOLLOWUP, func.count(), func.count(), "overdue actions", _SOURCES, Kind.STOCK, _COUNTS, additive=True,
)  # fmt: skip
COMPLETED = Metric(
    "followups_completed", "Follow-ups completed",
    "Promised actions completed in the period, whenever they were due.",
    "count of actions by the day they were completed", Unit.COUNT, Good.UP,
    COMPLETED_FOLLOWUP, func.count(), func.count(), "actions", _SOURCES, where=_COMPLETED, additive=True,
)  # fmt: skip

METRICS = (
    DUE,
    COMPLETION_RATE,
    ON_TIME_RATE,
    ON_TIME,
    LATE,
    OVERDUE,
    DELAY_DAYS,
    DELAY_MEDIAN_DAYS,
    OVERDUE_NOW,
    COMPLETED,
)
