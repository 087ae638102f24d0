"""The tiles of a page: one callback a page answers for all of them, two where there are many.

Why so few: ten callbacks are ten requests, and their cost in the browser is more than that of the figures.  A slow tile
does not hold the others up: what is not ready after a moment is left out of the answer and named in ``pending``; the
browser draws the rest and asks for those again, while they are being computed.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output
from dash.exceptions import PreventUpdate
from flask import g

from callbacks.chips import chips
from callbacks.payload import Desk, stamp, state_id, tile_payload
from callbacks.subjects import note_view, title_of, without_subject
from data_layer.access import Viewer
from data_layer.semantics.cache import key_of
from data_layer.warehouse.engine import Generation, NoData, WarehouseAway
from layouts import ids
from layouts.page import Page
from layouts.registry import PAGES
from layouts.tile import Tile
from layouts.words import selection_in_words

PATIENCE_SECONDS = 1.2
LONG_PATIENCE_SECONDS = 8.0
THREADS = 2


def register(app: dash.Dash, desk: Desk) -> None:
    """For each page the callback that answers, and the one in the browser that draws."""
    work = Work(ThreadPoolExecutor(THREADS, thread_name_prefix="tile"))
    for page in PAGES:
        _register_page(app, desk, page, work)


class Work:
    """Tiles that are being computed, each question once: who asks again waits for the answer that is already on its way.

    A second thread that only waits for the first would be lacking everybody else.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[bytes]] = {}

    def begin(self, question: Hashable, compute: Callable[[], bytes]) -> Future[bytes]:
        """The answer to come."""
        with self._lock:
            if question in self._running:
                return self._running[question]
            future = self._running[question] = self._pool.submit(compute)
        future.add_done_callback(lambda _done: self._forget(question))
        return future

    def _forget(self, question: Hashable) -> None:
        with self._lock:
            self._running.pop(question, None)


def _register_page(app: dash.Dash, desk: Desk, page: Page, work: Work) -> None:
    for lane in range(len(page.lanes)):
        _register_lane(app, desk, page, lane, work)
    app.clientside_callback(
        ClientsideFunction("clientscope", "follow"),
        Output(ids.here(page.name), "data"),
        Input(ids.URL, "search"),
        Input(ids.URL, "pathname"),
    )


def _register_lane(app: dash.Dash, desk: Desk, page: Page, lane: int, work: Work) -> None:
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
        data = _current(desk, g.viewer)
        found = page_payload(desk, page, search or "", g.viewer, work, wanted, patience, data)
        # What was left out comes later, maybe from newer data: the frame says of which data the rest is.
        frame = page_frame(desk, page, search or "", g.viewer, data) if lane == 0 and not retried else {}
        return {**found, **frame, "lane": lane, "lanes": len(page.lanes), "part": bool(retried)}

    app.clientside_callback(
        ClientsideFunction("clientscope", "draw"),
        Output(ids.drawn(page.name, lane), "data"),
        Input(ids.payload(page.name, lane), "data"),
    )


def _retried(again: Any) -> list[str]:
    """The tiles that the browser asks for again; it may send anything."""
    names = again.get("tiles") if isinstance(again, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _current(desk: Desk, viewer: Viewer) -> Generation | None:
    """The data as they are now; None where there are none, or none to be had."""
    try:
        return desk.data(viewer)
    except (NoData, WarehouseAway):
        return None


def page_payload(
    desk: Desk,
    page: Page,
    search: str,
    viewer: Viewer,
    work: Work,
    names: list[str],
    patience: float = LONG_PATIENCE_SECONDS,
    data: Generation | None = None,
) -> dict[str, Any]:
    """What the browser needs to draw tiles of a page.

    ``names``: of the tiles.  ``page`` and ``search``: what it answers, so that an answer that comes late is not drawn
    over a newer one.  ``of``: the state of the data that all of it is of, which are ``data`` where there are any.
    ``tiles``: each tile's finished JSON as text, by name; ``pending``: those not ready within ``patience`` seconds.
    """
    state = state_id(desk, data, viewer) if data else None
    selection = desk.selection(search, viewer)
    note_view(desk, page, selection, viewer)

    def begin(tile: Tile) -> Future[bytes]:
        question = (page.name, tile.name, key_of(selection.for_tile(tile.name).cache_key()), viewer, state)
        return work.begin(question, lambda: tile_payload(desk, page, tile, selection, viewer, data=data))

    running = {name: begin(page.tile(name)) for name in names}
    wait(running.values(), timeout=patience)
    ready = {name: future.result().decode() for name, future in running.items() if future.done()}
    return {
        "page": page.name,
        "search": search,
        "of": state,
        "tiles": ready,
        "pending": [name for name in running if name not in ready],
    }


def page_frame(desk: Desk, page: Page, search: str, viewer: Viewer, data: Generation | None) -> dict[str, Any]:
    """What the frame around the tiles says: ``words``, ``chips``, ``problems``, ``stamp``, ``title``."""
    selection = desk.selection(search, viewer)
    said: dict[str, Any] = {"problems": list(selection.problems), "words": "", "chips": [], "stamp": None}
    if data is None:
        return said
    try:
        said["stamp"] = stamp(desk, data, viewer)
        if not page.tiles:
            return said
        title = title_of(page, selection, viewer, data)
        selection = without_subject(page, selection)
        window = selection.window(data.as_of, data.first_day)
        comparison = selection.comparison_window(data.as_of, data.first_day)
        said |= {"title": title, "words": selection_in_words(selection, window, comparison)}
        said["chips"] = chips(desk, data, selection, viewer)
    except WarehouseAway:
        pass  # what is known so far is said
    return said
