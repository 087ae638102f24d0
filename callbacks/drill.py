"""Drill to detail: the rows behind a figure, sorted and paged by the server."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import dash
from dash import ClientsideFunction, Input, Output, State, no_update
from dash.development.base_component import Component
from flask import g

from callbacks.payload import Desk
from callbacks.questions import has_subject, nobody_words, records_behind, tile_named
from callbacks.subjects import state_of
from data_layer.appdb.naming import Gone
from data_layer.warehouse.engine import NoData, QueryTooLong, WarehouseAway
from layouts import ids, records_panel
from layouts.registry import page_at

PAGE_ROWS = 100
NO_ROWS: dict[str, Any] = {"rowData": [], "rowCount": 0}


def register(app: dash.Dash, desk: Desk) -> None:
    """The panel opens with the link's ``records``; its grid then asks for a page of rows at a time."""

    app.clientside_callback(
        ClientsideFunction("clientscope", "moved"),
        Output(ids.WANTED, "data"),
        Input(ids.URL, "search"),
        Input(ids.URL, "pathname"),
    )

    @app.callback(
        Output(ids.DRILL, "children"),
        Input(ids.WANTED, "data"),
        State(ids.URL, "search"),
        State(ids.URL, "pathname"),
        prevent_initial_call=True,
    )
    def open_panel(_wanted: Any, search: str | None, path: str | None) -> Any:
        wanted = parse_qs((search or "").removeprefix("?")).get("records", [None])[0]
        # A closed panel is only hidden: taking a grid away while it asks for rows would break it.
        return no_update if wanted is None else panel(desk, path or "/", search or "", wanted)

    @app.callback(
        Output(ids.DRILL_GRID, "getRowsResponse"),
        Input(ids.DRILL_GRID, "getRowsRequest"),
        State(ids.URL, "search"),
        State(ids.URL, "pathname"),
        prevent_initial_call=True,
    )
    def rows(request: dict[str, Any] | None, search: str | None, path: str | None) -> Any:
        return page_of_rows(desk, path or "/", search or "", request) if isinstance(request, dict) else no_update


def panel(desk: Desk, path: str, search: str, wanted: str) -> Component:
    """The panel with its grid; it says so where the link names no figure of this page."""
    page = page_at(path, g.viewer.role)
    tile = tile_named(page, wanted) if page else None
    if page is None or tile is None:
        return records_panel.nothing("The link asks for the records of a figure that is not on this page.")
    search = state_of(page, path, search)
    try:
        selection, data = desk.selection(search, g.viewer, strict=True), desk.data(g.viewer)
        if not has_subject(page, selection, g.viewer, data):
            return records_panel.nothing(nobody_words(page))
        records = records_behind(tile, selection, g.viewer, data)
        count = records.count()
    except (NoData, QueryTooLong, Gone, WarehouseAway) as error:
        return records_panel.nothing(str(error))
    query = search.removeprefix("?")
    return records_panel.panel(tile, count, records.fields, f"/export/{page.name}/{tile.name}/records.csv?{query}")


def page_of_rows(desk: Desk, path: str, search: str, request: dict[str, Any]) -> dict[str, Any]:
    """Rows for the grid's request, as it wants them: ``rowData`` and ``rowCount``."""
    page = page_at(path, g.viewer.role)
    wanted = parse_qs(search.removeprefix("?")).get("records", [None])[0]
    tile = tile_named(page, wanted) if page else None
    if page is None or tile is None:
        return NO_ROWS
    try:
        selection, data = desk.selection(state_of(page, path, search), g.viewer, strict=True), desk.data(g.viewer)
    except Gone:
        return NO_ROWS
    if not has_subject(page, selection, g.viewer, data):
        return NO_ROWS
    records = records_behind(tile, selection, g.viewer, data)
    start = _whole(request.get("startRow"))
    found = records.page(start, _whole(request.get("endRow"), start + PAGE_ROWS), *_sort(request.get("sortModel")))
    rows = [{name: plain(value) for name, value in row.items()} for row in found]
    return {"rowData": rows, "rowCount": records.count()}


def _sort(model: Any) -> tuple[str | None, bool]:
    """The column to sort by, and whether downwards; a hand-made request may hold anything."""
    first = model[0] if isinstance(model, list) and model else None
    if not isinstance(first, dict) or not isinstance(first.get("colId"), str):
        return None, False
    return first["colId"], first.get("sort") == "desc"


def _whole(value: Any, otherwise: int = 0) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e9 else otherwise


def plain(value: Any) -> Any:
    """A value as JSON: dates as ISO text, money as a number."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else value
