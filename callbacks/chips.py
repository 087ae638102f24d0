"""The chips: every filter and pick in words, each with what its × takes out of the link."""

from datetime import date
from typing import Any

from callbacks.payload import Desk
from data_layer.access import Viewer
from data_layer.semantics.cache import key_of
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import days_in_words
from data_layer.semantics.members import label_of
from data_layer.semantics.period import Window, bucket_end
from data_layer.semantics.selection import SEPARATOR, Selection
from data_layer.warehouse.engine import Generation


def chips(desk: Desk, data: Generation, selection: Selection, viewer: Viewer) -> list[dict[str, Any]]:
    """A chip per value, filters first.  ``name`` and ``raw`` are the parameter of the link and its value."""
    found = [
        _chip(desk, data, viewer, dimension, selection.label_of(dimension, value), dimension, value)
        for dimension, values in selection.filters
        for value in values
    ]
    found += [
        _chip(
            desk, data, viewer, pick.dimension, selection.label_of(pick.dimension, value), "pick",
            SEPARATOR.join((pick.tile, pick.dimension, value)),
        )
        for pick in selection.picks
        for value in pick.values
    ]  # fmt: skip
    return found


def _chip(
    desk: Desk, data: Generation, viewer: Viewer, dimension: str, value: str, name: str, raw: str
) -> dict[str, Any]:
    declared = DIMENSIONS[dimension]
    return {
        "label": declared.label,
        "value": value_in_words(desk, data, viewer, dimension, value),
        "title": f"Where a figure does not know this itself: clients {declared.having} …" if declared.having else "",
        "name": name,
        "raw": raw,
    }


def value_in_words(desk: Desk, data: Generation, viewer: Viewer, dimension: str, value: str) -> str:
    """What people read for a value of a dimension; a code where the viewer may not read the name behind it."""
    grain = DIMENSIONS[dimension].grain
    if grain and DIMENSIONS[dimension].is_calendar:
        start = date.fromisoformat(value)
        return f"{start:%b %Y}" if grain == "month" else days_in_words(Window(start, bucket_end(start, grain)))
    key = key_of("label", data.id, viewer.cache_key(), dimension, value)
    return desk.cache.get(key, lambda: label_of(dimension, value, viewer, data).encode()).decode()
