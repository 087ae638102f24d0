"""Which page stands in the frame: the one at the address, for the role that asks.

The first page comes with the frame itself; this is for the way from one page to the next.
"""

from typing import Any
from urllib.parse import unquote

import dash
from dash import Input, Output, State, no_update
from flask import abort, g

from callbacks.payload import Desk
from callbacks.questions import nobody_words
from callbacks.subjects import is_there
from layouts import ids, shell
from layouts.registry import page_at


def register(app: dash.Dash, desk: Desk) -> None:
    """One callback: the address decides the page."""

    @app.callback(
        Output(ids.CONTENT, "children"),
        Output(ids.SHOWN, "data"),
        Input(ids.URL, "pathname"),
        State(ids.SHOWN, "data"),
    )
    def show(path: str | None, shown: str | None) -> tuple[Any, Any]:
        page = page_at(path or "/", g.viewer.role)
        if page is None:
            abort(403)
        if not is_there(desk, g.viewer, unquote(path or "/")):
            return shell.nobody(nobody_words(page)), None
        return (no_update, no_update) if page.name == shown else (shell.page_body(page, g.viewer), page.name)

    app.clientside_callback(
        dash.ClientsideFunction("clientscope", "arrived"), Output(ids.CONTENT, "title"), Input(ids.CONTENT, "children")
    )
