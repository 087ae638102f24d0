"""The panel with the rows behind a figure."""

from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from data_layer.semantics.metric import Unit
from data_layer.semantics.records import Field
from layouts import ids
from layouts.links import SUBJECT_PATHS
from layouts.tile import Tile

# d3 formats, evaluated by the grid's own formatter.
FORMATS: dict[Unit, str] = {
    Unit.COUNT: "d3.format(',')(params.value)",
    Unit.MONEY: "d3.format('$,.2f')(params.value)",
}
# The grid's own way to take colours: the site's tokens, so that it follows the theme by itself.
THEME = (
    "themeQuartz.withParams({backgroundColor: 'var(--card)', foregroundColor: 'var(--text)', "
    "headerBackgroundColor: 'var(--page)', headerTextColor: 'var(--muted)', borderColor: 'var(--line)', "
    "rowHoverColor: 'var(--page)', accentColor: 'var(--accent)', fontFamily: 'var(--font)', fontSize: 13, "
    "headerFontWeight: 500, wrapperBorderRadius: 6, browserColorScheme: 'inherit'})"
)
LETTER = 7  # px, of a usual letter of a heading
# A row that the server has not sent yet is blank; a value that is unknown is not.
WAITING = "params.data == null ? '' :"
WIDE = {
    "client",
    "product",
    "staff",
    "owner",
    "campaign",
    "action",
    "email",
    "opportunity",
    "advisor",
    "interaction_type",
}


def panel(tile: Tile, count: int, fields: tuple[Field, ...], export: str) -> Component:
    """The records of a tile: how many, as a grid that asks the server page by page, and as CSV."""
    rows = "1 record" if count == 1 else f"{count:,} records"
    return html.Div(
        [
            html.Div(
                [
                    html.H2(f"{tile.title}: {rows}", id=ids.DRILL_TITLE, className="drill-title"),
                    html.A("CSV of all rows", href=export, className="button", id="drill-csv"),
                    _close(),
                ],
                className="drill-head",
            ),
            grid(fields) if count else html.P("No record matches the filters in this period.", className="message"),
        ],
        className="drill-panel",
        role="dialog",
        **{"aria-labelledby": ids.DRILL_TITLE},
    )


def nothing(words: str) -> Component:
    """The panel where there is nothing to open."""
    head = html.Div([html.H2("Records", className="drill-title"), _close()], className="drill-head")
    return html.Div([head, html.P(words, className="message")], className="drill-panel", role="dialog")


def _close() -> Component:
    return html.Button(
        "×", className="tool", type="button", **{"data-shell": "close", "aria-label": "Close the records"}
    )


def grid(fields: tuple[Field, ...]) -> dag.AgGrid:
    """An infinite grid: sorted and paged by the server."""
    return dag.AgGrid(
        id=ids.DRILL_GRID,
        className="records-grid",
        columnDefs=[_column(field) for field in fields],
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        rowModelType="infinite",
        dashGridOptions={
            "cacheBlockSize": 100, "maxBlocksInCache": 20, "infiniteInitialRowCount": 1, "rowHeight": 34,
            "headerHeight": 36, "animateRows": False, "theme": {"function": THEME},
        },
    )  # fmt: skip


def _column(field: Field) -> dict[str, Any]:
    width = 220 if field.name in WIDE else max(116, LETTER * len(field.label) + 48)
    # Few columns share the panel's width; many keep theirs and are scrolled.
    column: dict[str, Any] = {"field": field.name, "headerName": field.label, "minWidth": width, "flex": width}
    if field.name == "client":
        # The client's number is in every row that has a name.
        return column | {"cellRenderer": "ClientLink", "cellRendererParams": {"path": SUBJECT_PATHS["customer"]}}
    if field.unit is not None:
        column |= {"type": "rightAligned"}
        if field.unit in FORMATS:
            column["valueFormatter"] = {"function": f"{WAITING} params.value == null ? '—' : {FORMATS[field.unit]}"}
        else:
            column["valueFormatter"] = {
                "function": f"{WAITING} params.value == null ? '—' : d3.format(',.1f')(params.value)"
            }
    else:
        column["valueFormatter"] = {"function": f"{WAITING} told(params.value)"}
    return column
