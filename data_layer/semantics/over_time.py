"""Which questions are answered from what is kept for all days, and from which of the two that there are."""

from types import ModuleType

from data_layer.semantics import daily, holders
from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.query import Frame, Part, Query
from data_layer.semantics.scope import depends_on_days


def halves(part: Part, query: Query, frame: Frame) -> list[tuple[Part, ModuleType | None]]:
    """The metrics of a part that are made of what is kept for all days, with the module that makes them; and the others,
    with None: they have to be asked by themselves.
    """
    by_time_alone = all(query.calendar is not None and name == query.calendar.name for name in query.by)
    if not by_time_alone or query.apart or depends_on_days(part.first.fact, frame.filters):
        return [(part, None)]
    if part.first.kind is Kind.RETAINED:
        return [(part, holders)]
    made = tuple(metric for metric in part.metrics if daily.is_daily(metric))
    others = tuple(metric for metric in part.metrics if not daily.is_daily(metric))
    return [(Part(metrics), by) for metrics, by in ((made, daily), (others, None)) if metrics]


def family(metric: Metric) -> tuple[Metric, ...]:
    """All metrics that one SELECT for all days answers together with this one."""
    return (metric,) if metric.kind is Kind.RETAINED else daily.family(metric.name)
