"""The filter bar: which values it offers, and how it and the link follow each other."""

from typing import Any

import dash
import orjson
from dash import ClientsideFunction, Input, Output
from flask import g

from callbacks.payload import Desk
from data_layer.access import Viewer
from data_layer.semantics.cache import key_of
from data_layer.semantics.dimensions import SAVED
from data_layer.semantics.members import attribute_members, members
from data_layer.warehouse.engine import NoData
from data_layer.warehouse.tables import UNKNOWN
from layouts import ids
from layouts.filters import ATTRIBUTES, controls_of
from layouts.page import Page
from layouts.registry import PAGES


def register(app: dash.Dash, desk: Desk) -> None:
    """Two callbacks a page: the values on offer, and the circle of controls and link in the browser."""
    for page in (page for page in PAGES if page.tiles):
        _register_page(app, desk, page)


def _register_page(app: dash.Dash, desk: Desk, page: Page) -> None:
    controls = [ids.filter_of(page.name, name) for name in controls_of(page)]

    @app.callback(
        *(Output(control, "options") for control in controls),
        Input(ids.payload(page.name), "id"),
        Input(ids.AGAIN, "data"),
    )
    def offer(_payload: str, _again: object) -> list[list[dict[str, Any]]]:
        return [
            attribute_options(desk, g.viewer, page.filters) if name == ATTRIBUTES else options(desk, name, g.viewer)
            for name in controls_of(page)
        ]

    everything = [ids.filter_of(page.name, name) for name in ("period", "compare")] + controls
    app.clientside_callback(
        ClientsideFunction("clientscope", "sync"),
        *(Output(control, "value") for control in everything),
        Input(ids.here(page.name), "data"),
        *(Input(control, "value") for control in everything),
        *(Input(control, "options") for control in controls),
    )


def options(desk: Desk, dimension: str, viewer: Viewer) -> list[dict[str, str]]:
    """The values that a viewer may filter a dimension by, for a dropdown."""
    if dimension in viewer.scope.chooses:
        return []
    if dimension == SAVED:
        return [{"value": one.id, "label": one.name} for one in desk.segments.offered(viewer)]
    try:
        data = desk.data(viewer)
    except NoData:
        return []
    key = key_of("members", data.id, viewer.cache_key(), dimension)

    def read() -> bytes:
        found = members(dimension, viewer, data)
        found = [] if [member.value for member in found] == [UNKNOWN] else found  # that is no choice
        return orjson.dumps([{"value": member.value, "label": member.label} for member in found])

    return list(orjson.loads(desk.cache.get(key, read)))


def attribute_options(desk: Desk, viewer: Viewer, without: tuple[str, ...]) -> list[dict[str, Any]]:
    """The values of all customer attributes in one list; those with too many stand below it and say so.

    ``without``: the dimensions that have a control of their own.
    """
    try:
        data = desk.data(viewer)
    except NoData:
        return []
    key = key_of("attributes", data.id, viewer.cache_key(), *without)

    def read() -> bytes:
        found, left_out = attribute_members(viewer, data, without)
        listed = [{"value": member.value, "label": member.label} for member in found]
        return orjson.dumps([*listed, *({"value": why, "label": why, "disabled": True} for why in left_out)])

    return list(orjson.loads(desk.cache.get(key, read)))
