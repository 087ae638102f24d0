"""Tiles that go on as one scrolls: the next stretch, and all that is known of one thing in it."""

from datetime import date
from typing import Any

import orjson
from flask import Flask, Response, abort, g, request

from callbacks.drill import plain
from callbacks.payload import Desk
from callbacks.questions import has_subject
from data_layer.analyses.answer import Ask
from data_layer.analyses.timeline import Timeline
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, exact
from data_layer.semantics.period import DAY, add_months
from layouts.page import Page
from layouts.registry import BY_NAME
from layouts.tile import Tile

LARGEST_KEY = 2**62


def register(server: Flask, desk: Desk) -> None:
    """Two routes; the guard lets in the page's roles, and each asks under the viewer's rights."""

    @server.get("/stream/<page_name>/<tile_name>")
    def stretch(page_name: str, tile_name: str) -> Response:
        tile, analysis, ask = _asked(desk, page_name, tile_name)
        asked = request.args
        found = analysis.more(ask, _key(asked.get("after")), _until(asked.get("at")), _key(asked.get("before")))
        return _json(tile.draw(found))

    @server.get("/stream/<page_name>/<tile_name>/<int:key>")
    def detail(page_name: str, tile_name: str, key: int) -> Response:
        _, analysis, ask = _asked(desk, page_name, tile_name)
        found = analysis.detail(ask, key) if key < LARGEST_KEY else None
        if found is None:
            abort(404)
        return _json([[label, _words(value, unit)] for label, value, unit in found])


def _asked(desk: Desk, page_name: str, tile_name: str) -> tuple[Tile, Timeline, Ask]:
    """The tile, its analysis and the question; 404 where there is no such stream, or its subject is not the viewer's."""
    page: Page | None = BY_NAME.get(page_name)
    tile = next((one for one in page.tiles if one.name == tile_name), None) if page else None
    if page is None or tile is None or not isinstance(tile.analysis, Timeline):
        abort(404)
    if g.viewer.role not in page.roles:
        abort(403)
    data = desk.data(g.viewer)
    search = request.query_string.decode("utf-8", "replace")
    selection = desk.selection(search, g.viewer).for_tile(tile.name)
    if not has_subject(page, selection, g.viewer, data):
        abort(404)
    return tile, tile.analysis, desk.ask(selection, g.viewer, data)


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _until(text: str | None) -> date | None:
    """The day after the month "2026-03" or the day "2026-03-14"; None where the text is neither."""
    try:
        if text and len(text) == 10:
            return date.fromisoformat(text) + DAY
        return add_months(date.fromisoformat(f"{text}-01"), 1) if text and len(text) == 7 else None
    except (ValueError, OverflowError):
        return None


def _words(value: Any, unit: Any) -> str:
    if unit is not None:
        return exact(float(value), unit)
    told = plain(value)
    return day_in_words(value) if type(value) is date else UNKNOWN_VALUE if told in (None, "Unknown") else str(told)


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), mimetype="application/json")
