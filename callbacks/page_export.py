"""A whole page as a workbook: what was asked, what each metric means, and a sheet per tile.

Each tile is answered as its card is, by :func:`callbacks.payload.tile_payload`, of one state of the data, and kept in
the same cache.
"""

import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from callbacks.chips import value_in_words
from callbacks.payload import Desk, Form, definition_of, tile_payload
from callbacks.subjects import title_of, without_subject
from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import days_in_words, site_currency
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import COMPARISON_LABELS, PERIOD_LABELS, PeriodName
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from layouts.page import Page
from layouts.sheets import answer_for_sheet, sheet
from layouts.shell import ROLE_WORDS
from layouts.tile import Tile, View
from layouts.workbook import Front, TileSheet, sheet_names, write_workbook

SHEET = Form("sheet", answer_for_sheet, sheet)
# After so long the tiles that are left are named as left out; what was answered is kept for the next try.
LONGEST_SECONDS = 60.0
TOO_LONG: dict[str, Any] = {
    "state": "error",
    "message": "Left out: the page took too long to answer. Export it again, or choose a shorter period.",
}
HEADS = ("Metric", "Definition", "Formula", "Denominator (n)", "On the sheets")


def page_workbook(desk: Desk, page: Page, selection: Selection, viewer: Viewer, name: str, data: Generation) -> bytes:
    """The page under a selection, as XLSX.  ``name``: who exports it."""
    names = sheet_names(tile.title for tile in page.tiles)
    until = time.monotonic() + LONGEST_SECONDS
    sheets = [
        TileSheet(
            sheet_name, tile.title, _answer(desk, page, tile, selection, viewer, data, until), tile.view is View.KPI
        )
        for tile, sheet_name in zip(page.tiles, names, strict=True)
    ]
    title = title_of(page, selection, viewer, data) or page.title
    about = [*_asked(desk, page, selection, viewer, data), *_made(viewer, name, data)]
    return write_workbook(Front(title, about, HEADS, _definitions(page, names)), sheets)


def _answer(
    desk: Desk, page: Page, tile: Tile, selection: Selection, viewer: Viewer, data: Generation, until: float
) -> dict[str, Any]:
    if time.monotonic() > until:
        return TOO_LONG
    found: dict[str, Any] = orjson.loads(tile_payload(desk, page, tile, selection, viewer, SHEET, data))
    return found


def _asked(desk: Desk, page: Page, selection: Selection, viewer: Viewer, data: Generation) -> list[tuple[str, Any]]:
    """Page, period, comparison and filters in words, and the day up to which the data go."""
    window = selection.window(data.as_of, data.first_day)
    comparison = selection.comparison_window(data.as_of, data.first_day)
    days = days_in_words(window)
    period = days if selection.period is PeriodName.CUSTOM else f"{PERIOD_LABELS[selection.period]}: {days}"
    label = COMPARISON_LABELS[selection.comparison]
    compared = f"{label}: {days_in_words(comparison)}" if comparison else "nothing"
    about = [("Page", page.title), ("Period", period), ("Compared with", compared)]
    held = _filters(desk, page, without_subject(page, selection), viewer, data) or ["none"]
    about += [("Filters" if not place else "", words) for place, words in enumerate(held)]
    about += [("Not understood", problem) for problem in selection.problems]
    return [*about, ("Data as of", data.as_of)]


def _filters(desk: Desk, page: Page, selection: Selection, viewer: Viewer, data: Generation) -> list[str]:
    """A line per dimension that is filtered, and per mark or row that was clicked."""

    def told(dimension: str, values: tuple[str, ...]) -> str:
        labels = [selection.label_of(dimension, value) for value in values]
        words = [value_in_words(desk, data, viewer, dimension, label) for label in labels]
        return f"{DIMENSIONS[dimension].label}: {', '.join(words)}"

    titles = {tile.name: f" in “{tile.title}”" for tile in page.tiles}
    lines = [told(dimension, values) for dimension, values in selection.filters]
    return lines + [
        f"{told(pick.dimension, pick.values)} (clicked{titles.get(pick.tile, '')})" for pick in selection.picks
    ]


def _made(viewer: Viewer, name: str, data: Generation) -> list[tuple[str, Any]]:
    """By whom, when, and in what the figures are written."""
    now = datetime.now(UTC).astimezone(ZoneInfo(data.time_zone))
    who = f"{name} ({viewer.login}), {ROLE_WORDS[viewer.role]}"
    about: list[tuple[str, Any]] = [("Exported by", who), ("Exported at", now.replace(tzinfo=None, microsecond=0))]
    about += [("Time zone", data.time_zone), ("Currency", site_currency())]
    return [*about, ("Demo data", "None of these people exist.")] if data.is_demo else about


def _definitions(page: Page, names: list[str]) -> list[tuple[str, ...]]:
    """A row per metric of the page, in the order in which they stand on it."""
    where: dict[str, list[str]] = {}
    for tile, name in zip(page.tiles, names, strict=True):
        for metric in dict.fromkeys(tile.metrics):
            where.setdefault(metric, []).append(name)
    said = [(definition_of(metric), sheets) for metric, sheets in where.items() if metric in METRICS]
    return [(d["label"], d["definition"], d["formula"], d["denominator"], ", ".join(on)) for d, on in said]
