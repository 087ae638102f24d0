"""The tiles of a page: one callback a page answers for all of them, two where there are many.

Why so few: ten callbacks are ten requests, and their cost in the browser is more than that of the figures.  A slow tile
does not hold the others up: what is not ready after a moment is left out of the answer and named in ``pending``; the
browser draws the rest and asks for those again, while they are being computed.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate
from flask import g

from callbacks.chips import chips
from callbacks.payload import Desk, stamp, tile_payload
from callbacks.subjects import note_view, title_of, without_subject
from data_layer.access import Viewer
from data_layer.warehouse.engine import Generation, NoData, WarehouseAway
from layouts import ids
from layouts.page import Page
from layouts.registry import PAGES
from layouts.words import selection_in_words

PATIENCE_SECONDS = 1.2
LONG_PATIENCE_SECONDS = 8.0
THREADS = 2


def register(app: dash.Dash, desk: Desk) -> None:
    """For each page the callback that answers, and the one in the browser that draws."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="tile")
    for page in PAGES:
        _register_page(app, desk, page, pool)


def _register_page(app: dash.Dash, desk: Desk, page: Page, pool: ThreadPoolExecutor) -> None:
    for lane in range(len(page.lanes)):
        _register_lane(app, desk, page, lane, pool)
    app.clientside_callback(
        ClientsideFunction("clientscope", "follow"),
        Output(ids.here(page.name), "data"),
        Input(ids.URL, "search"),
        Input(ids.URL, "pathname"),
    )


def _register_lane(app: dash.Dash, desk: Desk, page: Page, lane: int, pool: ThreadPoolExecutor) -> None:
    names = [tile.name for tile in page.lanes[lane]]

    @app.callback(
        Output(ids.payload(page.name, lane), "data"), Input(ids.here(page.name), "data"), Input(ids.AGAIN, "data")
    )
    def answer(search: str | None, again: dict[str, Any] | None) -> dict[str, Any]:
        retried = _retried(again) if dash.ctx.triggered_id == ids.AGAIN else []
        wanted = [name for name in names if name in retried] if retried else names
        if names and not wanted:
            raise PreventUpdate
        patience = LONG_PATIENCE_SECONDS if retried else PATIENCE_SECONDS
        found = page_payload(desk, page, search or "", g.viewer, pool, wanted, patience)
        frame = page_frame(desk, page, search or "", g.viewer) if lane == 0 else {}
        return {**found, **frame, "lane": lane, "lanes": len(page.lanes)}

    app.clientside_callback(
        ClientsideFunction("clientscope", "draw"),
        Output(ids.drawn(page.name, lane), "data"),
        Input(ids.payload(page.name, lane), "data"),
    )


def _retried(again: Any) -> list[str]:
    """The tiles that the browser asks for again; it may send anything."""
    names = again.get("tiles") if isinstance(again, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def page_payload(
    desk: Desk,
    page: Page,
    search: str,
    viewer: Viewer,
    pool: ThreadPoolExecutor,
    names: list[str],
    patience: float = LONG_PATIENCE_SECONDS,
) -> dict[str, Any]:
    """What the browser needs to draw tiles of a page.

    ``names``: of the tiles.  ``page`` and ``search``: what it answers, so that an answer that comes late is not drawn
    over a newer one.  ``tiles``: each tile's finished JSON as text, by name; ``pending``: those not ready within
    ``patience`` seconds.
    """
    selection = desk.selection(search, viewer)
    note_view(desk, page, selection, viewer)
    running: dict[str, Future[bytes]] = {
        name: pool.submit(tile_payload, desk, page, page.tile(name), selection, viewer) for name in names
    }
    wait(running.values(), timeout=patience)
    ready = {name: future.result().decode() for name, future in running.items() if future.done()}
    return {
        "page": page.name,
        "search": search,
        "tiles": ready,
        "pending": [name for name in running if name not in ready],
    }


def page_frame(desk: Desk, page: Page, search: str, viewer: Viewer) -> dict[str, Any]:
    """What the frame around the tiles says: ``words``, ``chips``, ``problems``, ``stamp``, ``title``."""
    selection = desk.selection(search, viewer)
    said: dict[str, Any] = {"problems": list(selection.problems), "words": "", "chips": [], "stamp": None}
    try:
        data: Generation = desk.data(viewer)
        said["stamp"] = stamp(desk, data, viewer)
        if not page.tiles:
            return said
        title = title_of(page, selection, viewer, data)
        selection = without_subject(page, selection)
        window = selection.window(data.as_of, data.first_day)
        comparison = selection.comparison_window(data.as_of, data.first_day)
        said |= {"title": title, "words": selection_in_words(selection, window, comparison)}
        said["chips"] = chips(desk, data, selection, viewer)
    except (NoData, WarehouseAway):
        pass  # what is known so far is said
    return said
