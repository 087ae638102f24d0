"""The frame around every page: navigation, title, stamp of the data, theme, user, and the place for records."""

from dash import dcc, html
from dash.development.base_component import Component

from data_layer.access import Role, Viewer
from data_layer.semantics.formats import money_sign
from layouts import ids
from layouts.filters import controls_of, filter_bar
from layouts.page import Page
from layouts.registry import HOME, home_of, pages_of, way_from
from layouts.tile import card

ROLE_WORDS: dict[Role, str] = {
    Role.EXECUTIVE: "Executive",
    Role.SALES_MANAGER: "Sales manager",
    Role.SUPPORT_LEAD: "Support lead",
    Role.MARKETER: "Marketer",
    Role.STAFF: "Staff",
    Role.ADMIN: "Administrator",
    Role.WALL: "Wall screen",
}


def layout(viewer: Viewer | None, name: str, page: Page | None = None) -> Component:
    """The frame for a viewer.  ``viewer`` is None when Dash looks at the layout for itself, before any request.

    ``page``: what stands in it from the start, which spares the browser a question.
    """
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.AGAIN),
            dcc.Store(id=ids.WANTED),
            dcc.Store(id=ids.SHOWN, data=page.name if page else None),
            html.A("Skip to the figures", href="#" + ids.CONTENT, className="skip"),
            _navigation(viewer),
            html.Div(
                [
                    _topbar(viewer, name),
                    html.Main(page_body(page, viewer) if page else None, id=ids.CONTENT, className="content"),
                ],
                className="main",
            ),
            html.Aside(id=ids.DRILL, className="drill"),
            html.Div(id="toast", className="toast", role="status"),
            html.Div(
                "No connection. Showing what was last known; trying again.",
                id="offline",
                className="offline",
                hidden=True,
            ),
        ],
        id="shell",
        className="shell",
        **{"data-money": money_sign()},
    )


def _navigation(viewer: Viewer | None) -> Component:
    links: list[Component] = []
    if viewer is not None:
        home = home_of(viewer.role)
        pages = [page for page in pages_of(viewer.role) if page.subject is None]
        for number, page in enumerate(pages):
            if page.is_administration and not (number and pages[number - 1].is_administration):
                links.append(html.Div("Administration", className="nav-group"))
            path = HOME if page is home else page.path
            links.append(
                dcc.Link(
                    [html.Span(className=f"icon icon-{page.icon}"), html.Span(page.title, className="nav-text")],
                    href=path,
                    className="nav-link",
                    title=page.title,
                )
            )
    brand = html.Div(
        [html.Span(className="brand-mark"), html.Span("Clientscope", className="brand-name")], className="brand"
    )
    return html.Nav([brand, *links], id=ids.NAVIGATION, className="side", **{"aria-label": "Pages"})


def _topbar(viewer: Viewer | None, name: str) -> Component:
    role = ROLE_WORDS[viewer.role] if viewer else ""
    return html.Header(
        [
            _button("☰", "nav", "Pages", "tool only-narrow"),
            html.Span("Demo data", id="demo", className="badge", hidden=True, title="None of these people exist."),
            html.Span("", id="stamp", className="stamp", role="status"),
            html.Span(className="spacer"),
            _button("Filters", "filters", "Show the filters", "button only-narrow"),
            _button("⋯", "more", "Segments, views, export, theme, account", "tool only-narrow"),
            html.Div(
                [
                    _opens("Segments", "segments", "Saved segments: use, share, download"),
                    _opens("Views", "views", "Saved views: open, save, share"),
                    _button("Share", "share", "Copy the link to this view", "button"),
                    _button("Export", "export", "Export this page as a workbook (XLSX)", "button"),
                    _button("◐", "theme", "Light or dark", "tool"),
                    _account(name, role, viewer.zone if viewer else None),
                ],
                className="actions",
            ),
        ],
        className="topbar",
    )


def _account(name: str, role: str, zone: str | None) -> Component:
    """``zone``: the time zone that this person sees instead of the site's."""
    about = [role, *([f"Time of {zone.replace('_', ' ')}"] if zone else [])]
    return html.Details(
        [
            html.Summary(name or "Account", className="button"),
            html.Div(
                [
                    html.Div([html.B(name), *(html.Div(one, className="fine") for one in about)], className="pop-head"),
                    html.Button("Time zone", type="button", className="pop-item", **{"data-saved": "zone"}),
                    html.Button("Log out", type="button", className="pop-item", **{"data-shell": "logout"}),
                ],
                className="pop pop-user",
            ),
        ],
        className="user",
    )


def _button(sign: str, act: str, label: str, name: str) -> Component:
    return html.Button(sign, type="button", className=name, title=label, **{"data-shell": act, "aria-label": label})


def _opens(words: str, what: str, label: str) -> Component:
    """A button that opens a list of what is saved; see ``assets/55_saved.js``."""
    return html.Button(words, type="button", className="button", title=label, **{"data-saved": what})


def nobody(words: str) -> Component:
    """What stands in the frame where a link leads to nothing that the viewer may see."""
    return html.Div(
        [html.H1("Not found", className="page-title"), html.P(words, className="message")], className="not-found"
    )


def page_body(page: Page, viewer: Viewer | None = None) -> Component:
    """A page: its title, its filters, and the places of its tiles; links lead where the viewer may go.

    A page without tiles has the place of its own body there.
    """
    below = [
        filter_bar(page),
        html.Div([card(tile, way_from(tile, viewer.role) if viewer else "") for tile in page.tiles], className="tiles"),
    ]
    return html.Div(
        [
            dcc.Store(id=ids.here(page.name)),
            *(dcc.Store(id=ids.payload(page.name, lane)) for lane in range(len(page.lanes))),
            *(dcc.Store(id=ids.drawn(page.name, lane)) for lane in range(len(page.lanes))),
            html.Div(
                [html.H1(page.title, className="page-title"), html.P("", id="page-words", className="page-words")],
                className="page-head",
            ),
            *(below if page.tiles else [html.Div(id=ids.body(page.name), className="own-body")]),
        ],
        className="grid-page",
        **{
            "data-page": page.name,
            "data-filters": ",".join(controls_of(page)) if page.tiles else "",
        },
    )
