"""The tiles of a page: one callback a page answers for all of them.

Why one: ten callbacks are ten requests, and their cost in the browser is more than that of the figures.  A slow tile
does not hold the others up: what is not ready after a moment is left out of the answer and named in ``pending``; the
browser draws the rest and asks for those again, while they are being computed.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output
from flask import g

from callbacks.chips import chips
from callbacks.payload import Desk, stamp, tile_payload
from data_layer.access import Viewer
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, NoData, WarehouseAway
from layouts import ids
from layouts.page import Page
from layouts.registry import PAGES
from layouts.words import selection_in_words

PATIENCE_SECONDS = 1.2
LONG_PATIENCE_SECONDS = 8.0
THREADS = 3


def register(app: dash.Dash, desk: Desk) -> None:
    """For each page the callback that answers, and the one in the browser that draws."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="tile")
    for page in PAGES:
        _register_page(app, desk, page, pool)


def _register_page(app: dash.Dash, desk: Desk, page: Page, pool: ThreadPoolExecutor) -> None:
    @app.callback(Output(ids.payload(page.name), "data"), Input(ids.here(page.name), "data"), Input(ids.AGAIN, "data"))
    def answer(search: str | None, again: dict[str, Any] | None) -> dict[str, Any]:
        retried = _retried(again) if dash.ctx.triggered_id == ids.AGAIN else []
        return page_payload(desk, page, search or "", g.viewer, pool, retried)

    app.clientside_callback(
        ClientsideFunction("clientscope", "follow"), Output(ids.here(page.name), "data"), Input(ids.URL, "search")
    )
    app.clientside_callback(
        ClientsideFunction("clientscope", "draw"),
        Output(ids.drawn(page.name), "data"),
        Input(ids.payload(page.name), "data"),
    )


def _retried(again: Any) -> list[str]:
    """The tiles that the browser asks for again; it may send anything."""
    names = again.get("tiles") if isinstance(again, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def page_payload(
    desk: Desk, page: Page, search: str, viewer: Viewer, pool: ThreadPoolExecutor, only: list[str]
) -> dict[str, Any]:
    """What the browser needs to draw a page.

    ``page`` and ``search``: what it answers, so that an answer that comes late is not drawn over a newer one.
    ``tiles``: each tile's finished JSON as text, by name; ``pending``: those not ready yet; ``words``, ``chips``,
    ``problems``, ``stamp``: what the frame around the tiles says.  ``only``: answer for these tiles alone.
    """
    selection = Selection.parse(search)
    wanted = [tile for tile in page.tiles if not only or tile.name in only]
    running: dict[str, Future[bytes]] = {
        tile.name: pool.submit(tile_payload, desk, page, tile, selection, viewer) for tile in wanted
    }
    wait(running.values(), timeout=LONG_PATIENCE_SECONDS if only else PATIENCE_SECONDS)
    ready = {name: future.result().decode() for name, future in running.items() if future.done()}
    return {
        "page": page.name,
        "search": search,
        "tiles": ready,
        "pending": [name for name in running if name not in ready],
        "problems": list(selection.problems),
        **_frame(desk, selection, viewer),
    }


def _frame(desk: Desk, selection: Selection, viewer: Viewer) -> dict[str, Any]:
    try:
        data: Generation = desk.warehouse.current()
        window = selection.window(data.as_of, data.first_day)
        comparison = selection.comparison_window(data.as_of, data.first_day)
        return {
            "words": selection_in_words(selection, window, comparison),
            "chips": chips(desk, data, selection, viewer),
            "stamp": stamp(desk, data),
        }
    except (NoData, WarehouseAway):
        return {"words": "", "chips": [], "stamp": None}
