"""How unusual a move is: against the months before it, not by its size alone."""

import math
from collections.abc import Sequence

import numpy as np

from data_layer.semantics.metric import Kind, Metric
from data_layer.semantics.period import Window

_MONTH_DAYS = 365.25 / 12
_LEAST_STEPS = 4
# Without a past to compare with, a tenth of the level counts as one usual move; a move under half a percent as none.
_SPREAD_WITHOUT_PAST = 0.10
_LEAST_SPREAD = 0.005


def unusual(
    metric: Metric, before: float, after: float, months: Sequence[float], window: Window, comparison: Window
) -> float:
    """The move in units of the usual one: how far it is from the drift of the past, over the spread of past steps.

    ``months``: the metric month by month (flows that add up: per day), oldest first, unknown ones as NaN.  The drift is
    the median of the steps from month to month; the spread is 1.4826 times their median absolute deviation, at least
    half their standard deviation.  Both are fitted to the length of the period: what a stock moves grows with the root
    of the time between the two dates; the chance in a flow or in a rate shrinks with the root of the period's length.
    """
    if metric.additive and metric.kind is Kind.FLOW:
        before, after = before / comparison.days, after / window.days
    known = np.array([value for value in months if math.isfinite(value)])
    steps = np.diff(known)
    apart = (window.end - comparison.end).days / _MONTH_DAYS
    length = window.days / _MONTH_DAYS
    factor = {Kind.STOCK: math.sqrt(apart), Kind.FLOW: 1 / math.sqrt(length), Kind.RETAINED: math.sqrt(length)}
    level = float(np.abs(np.append(known, (before, after))).mean())
    drift, spread = 0.0, _SPREAD_WITHOUT_PAST * level
    if len(steps) >= _LEAST_STEPS:
        drift = float(np.median(steps))
        spread = max(1.4826 * float(np.median(np.abs(steps - drift))), 0.5 * float(steps.std()))
        spread *= factor[metric.kind]
    return abs(after - before - drift * apart) / max(spread, _LEAST_SPREAD * level, 1e-12)
