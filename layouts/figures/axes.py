"""The axis of a metric: round steps, written like every other number of the site."""

import math
from collections.abc import Iterable
from typing import Any

from data_layer.semantics.formats import tick_texts
from data_layer.semantics.metric import Unit

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
WHOLE_STEPS = (1.0, 2.0, 5.0, 10.0)


def value_axis(unit: Unit, values: Iterable[float | None], *, zero: bool = True, most: int = 5) -> dict[str, Any]:
    """The axis of a metric whose marks end at ``values``; None and NaN are no marks.

    ``zero``: it begins at zero, as under bars and areas.  ``most``: how many steps there are room for.
    """
    axis: dict[str, Any] = {"rangemode": "tozero" if zero else "normal"}
    known = [value for value in values if value is not None and not math.isnan(value)]
    if not known:
        return axis | {"nticks": most, "tickvals": [0], "ticktext": [tick_texts([0.0], unit)[0]]}
    low, high = (min(0.0, *known), max(0.0, *known)) if zero else (min(known), max(known))
    ticks = round_steps(low, high, most, whole=unit is Unit.COUNT)
    return axis | {"tickvals": ticks, "ticktext": tick_texts(ticks, unit)}


def round_steps(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """The round values from just below ``low`` to just above ``high``, at most ``most`` steps between them.

    ``whole``: no halves, as for people.
    """
    span = (high - low) or abs(high) or 1.0
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (WHOLE_STEPS if whole else STEPS) if factor * power >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]
