"""Which state of the data is current: open pages ask every moment and draw anew when it changes."""

from flask import Flask, Response, g, jsonify

from callbacks.payload import Desk, state_id
from data_layer.warehouse.engine import NoData, WarehouseAway


def register(server: Flask, desk: Desk) -> None:
    """One route, cheap enough to be asked by every open page."""

    @server.get("/generation")
    def generation() -> Response:
        try:
            return jsonify(id=state_id(desk, desk.data(g.viewer), g.viewer))
        except (NoData, WarehouseAway):
            return jsonify(id=None)
