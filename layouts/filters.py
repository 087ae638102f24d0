"""The filter bar of a page: period, comparison, and the dimensions the page knows."""

from dash import dcc, html
from dash.development.base_component import Component

from data_layer.semantics.dimensions import DIMENSIONS, SAVED
from data_layer.semantics.period import COMPARISON_LABELS, PERIOD_LABELS
from layouts import ids
from layouts.page import Page

IN_SIGHT = 4
ATTRIBUTES = "attribute"  # the one control for every customer attribute that the data have


def filter_bar(page: Page) -> Component:
    """The controls; their values are kept equal to the link's by ``assets/20_state.js``."""
    return html.Div(
        [
            html.Div(
                [
                    _single(page, "period", "Period", [(p.value, label) for p, label in PERIOD_LABELS.items()]),
                    html.Div(id="dates", className="dates", hidden=True),
                    _single(
                        page, "compare", "Compare with", [(c.value, label) for c, label in COMPARISON_LABELS.items()]
                    ),
                    *(_multiple(page, name) for name in controls_of(page)[:IN_SIGHT]),
                    _more(page),
                    html.Button(
                        "Reset", id="reset", type="button", className="button", disabled=True, **{"data-shell": "reset"}
                    ),
                ],
                className="filters",
            ),
            html.Div(id="chips", className="chips", hidden=True),
            html.Div(id="notices", className="notices", hidden=True, role="status"),
        ],
        className="filter-bar",
    )


def controls_of(page: Page) -> tuple[str, ...]:
    """What the controls of a page filter by: its dimensions, and all customer attributes in one.

    A page about one client has nobody to choose by attributes.
    """
    return page.filters if page.subject is not None else (*page.filters, SAVED, ATTRIBUTES)


def _more(page: Page) -> Component:
    """The filters used less, behind one click; the browser hides the attributes where the data have none."""
    rest = [_multiple(page, name) for name in controls_of(page)[IN_SIGHT:]]
    return html.Details(
        [html.Summary("More filters", className="button"), html.Div(rest, className="filters-rest")],
        className="more-filters",
        hidden=len(page.filters) <= IN_SIGHT,
    )


def _single(page: Page, name: str, label: str, options: list[tuple[str, str]]) -> Component:
    return _labelled(
        label,
        dcc.Dropdown(
            id=ids.filter_of(page.name, name),
            options=[{"value": value, "label": words} for value, words in options],
            clearable=False,
            searchable=False,
            maxHeight=420,
        ),
        "filter filter-wide",
    )


def _multiple(page: Page, dimension: str) -> Component:
    label = "Attribute" if dimension == ATTRIBUTES else DIMENSIONS[dimension].label
    return _labelled(
        label,
        dcc.Dropdown(id=ids.filter_of(page.name, dimension), options=[], multi=True, placeholder="All", maxHeight=420),
        f"filter filter-{dimension}" if dimension == ATTRIBUTES else "filter",
        dimension,
    )


def _labelled(label: str, control: Component, name: str, dimension: str = "") -> Component:
    """``dimension``: by which the browser finds the control, to hide it where there is nothing to choose."""
    told = {"aria-label": label} | ({"data-dimension": dimension} if dimension else {})
    return html.Div([html.Span(label, className="filter-label"), control], className=name, **told)
