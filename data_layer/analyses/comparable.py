"""When two periods can be compared at all: a wrong comparison is worse than none."""

from dataclasses import dataclass

from data_layer.semantics.facts import BALANCE
from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.run import coverage
from data_layer.warehouse.engine import Generation


@dataclass(frozen=True)
class Doubt:
    """Why two periods are not compared: ``brief``, at most some twenty letters for the line of a card, and in ``words``
    that say what would help.
    """

    brief: str
    words: str


NOT_COVERED = Doubt("no data so far back", "The data does not reach back over the whole period to compare with.")
# How many more account statements one period may hold than the other.
MOST_STATEMENTS = 1.25


def is_covered(metric: Metric, data: Generation, comparison: Window) -> bool:
    """Whether the data begins early enough: half a period of data must not look like a rise in the next."""
    known = coverage(metric, data)
    return known is not None and (metric.kind is not Kind.FLOW or known.start <= comparison.start + DAY)


def same_statements(metric: Metric, before: int, after: int) -> bool:
    """Whether both periods hold about as many account statements, for a metric that adds them up; else True.

    Statements come by the month: thirty days with two month ends must not look like twice the money of thirty with one.
    """
    if metric.fact is not BALANCE or metric.kind is not Kind.FLOW:
        return True
    return max(before, after) <= MOST_STATEMENTS * min(before, after)


def why_not(metric: Metric, data: Generation, comparison: Window, before: int, after: int) -> Doubt | None:
    """Why the metric's values of two periods should not be compared; None where they may be."""
    if not is_covered(metric, data, comparison):
        return NOT_COVERED
    if not same_statements(metric, before, after):
        words = (
            f"The periods hold {before:,} and {after:,} account statements; compare whole months or a longer period."
        )
        return Doubt("uneven statements", words)
    return None
