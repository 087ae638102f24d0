"""The pages, in the order of the navigation, and what must hold of them."""

from typing import Any

from data_layer.access import Role, Viewer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.facts import FACTS
from data_layer.semantics.metrics import METRICS
from layouts import ids
from layouts.page import Page
from layouts.pages import campaigns, client, clients, executive, loads, pipeline, staff
from layouts.tile import Tile

PAGES: tuple[Page, ...] = (
    executive.PAGE,
    staff.PAGE,
    campaigns.PAGE,
    clients.PAGE,
    client.PAGE,
    pipeline.PAGE,
    loads.PAGE,
)
BY_PATH: dict[str, Page] = {page.path: page for page in PAGES}
BY_NAME: dict[str, Page] = {page.name: page for page in PAGES}
HOME = "/"
EXPORTS = "/export/"
STREAMS = "/stream/"
FOR_EVERY_ROLE = frozenset({"/generation"})
FOLLOWUPS = "/followups"  # those added here belong to the page with the work list
# Saved segments and views are everybody's but the wall's; whose each one is, the routes look up themselves.
FOR_PEOPLE = ("/segments", "/views")


def matching(path: str) -> Page | None:
    """The page at an address, whoever asks: the one of exactly that path, else the one whose subject stands in it."""
    exact = BY_PATH.get(path)
    if exact is not None and exact.subject is None:
        return exact
    return next((page for page in PAGES if page.value_in(path)), None)


def pages_of(role: Role) -> tuple[Page, ...]:
    """The pages a role may see, in order."""
    return tuple(page for page in PAGES if role in page.roles)


def home_of(role: Role) -> Page | None:
    """The first page of a role: what it sees at ``/``.  None for a role without any."""
    return next((page for page in pages_of(role) if page.subject is None), None)


def page_at(path: str, role: Role) -> Page | None:
    """The page at an address, for that role; None where there is none or the role may not see it."""
    page = matching(path)
    if path == HOME and (page is None or role not in page.roles):
        return home_of(role)
    return page if page and role in page.roles else None


def in_the_browser(role: Role) -> list[dict[str, Any]]:
    """What the browser needs to ask for the figures of the pages that a role may see, by ``path``."""
    home = home_of(role)
    return [
        {
            "path": path,
            "page": page.name,
            "lanes": len(page.lanes),
            "period": page.period.value,
            "subject": page.subject,
            "prefix": page.prefix,
        }
        for page in pages_of(role)
        for path in ((HOME, page.path) if page is home else (page.path,))
    ]


def is_page(path: str) -> bool:
    return matching(path) is not None or path == HOME


def may_see(viewer: Viewer, path: str) -> bool:
    """Whether what lives at a path is declared for the viewer's role.

    ``/`` is everybody's: each role has a home.  An export and a stream belong to their page.
    """
    for prefix in (EXPORTS, STREAMS):
        if path.startswith(prefix):
            page = BY_NAME.get(path.removeprefix(prefix).split("/")[0])
            return page is not None and viewer.role in page.roles
    if path in FOR_EVERY_ROLE:
        return True
    if path.startswith(FOLLOWUPS) and matching(path) is None:
        return viewer.role in staff.PAGE.roles
    if path.startswith(loads.PAGE.path + "/"):
        return viewer.role in loads.PAGE.roles
    if path.startswith(FOR_PEOPLE) and matching(path) is None:
        return viewer.role is not Role.WALL
    return path == HOME or page_at(path, viewer.role) is not None


def may_call(viewer: Viewer, output: str) -> bool:
    """Whether the viewer's role includes the callback with this output id.

    A page's own callbacks carry its name in their ids; what belongs to the frame is everybody's but the wall's.
    """
    named = {page.name for page in PAGES if _names(output, page)}
    if named:
        return all(viewer.role in BY_NAME[name].roles for name in named)
    return viewer.role is not Role.WALL


def _names(output: str, page: Page) -> bool:
    # By the whole beginning of an id: the end of one, as in filter-clients-staff, may be the name of another page.
    return any(f"{kind}-{page.name}{end}" in output for kind in ids.OF_A_PAGE for end in ("-", ".", "@"))


def way_from(tile: Tile, role: Role) -> str:
    """The address of what a tile leads to; "" where it leads nowhere that the role may see."""
    name, _, target = tile.leads_to.partition(".")
    page = BY_NAME.get(name)
    if page is None or role not in page.roles:
        return ""
    return f"{HOME if page is home_of(role) else page.path}#{ids.tile(target)}"


def _is_way(text: str) -> bool:
    """Whether ``page.tile`` is a tile of a page that can be gone to."""
    name, _, target = text.partition(".")
    page = BY_NAME.get(name)
    return page is not None and page.subject is None and target in [tile.name for tile in page.tiles]


def validate() -> list[str]:
    """What is wrong with the declarations, in words; empty when all is well."""
    problems = [f"two pages at {page.path}" for page in PAGES if BY_PATH[page.path] is not page]
    for page in PAGES:
        if not page.roles:
            problems.append(f"{page.name}: no role may see it")
        names = [tile.name for tile in page.tiles]
        problems += [f"{page.name}: two tiles named {name}" for name in set(names) if names.count(name) > 1]
        problems += [f"{page.name}: unknown filter {name}" for name in page.filters if name not in DIMENSIONS]
        if (page.subject is not None) != page.path.endswith("/<id>"):
            problems.append(f"{page.name}: a subject has its place at the end of the path, and only a subject")
        if page.subject is not None and (page.subject not in DIMENSIONS or page.subject in page.filters):
            problems.append(f"{page.name}: its subject is no dimension, or stands among its filters")
        problems += [f"{page.name}: a row is not 12 wide" for row in page.rows if sum(t.width for t in row) != 12]
        for tile in page.tiles:
            where = f"{page.name}.{tile.name}"
            problems += [f"{where}: unknown metric {name}" for name in tile.metrics if name not in METRICS]
            problems += [f"{where}: unknown dimension {name}" for name in tile.emits if name not in DIMENSIONS]
            if tile.leads_to and not _is_way(tile.leads_to):
                problems.append(f"{where}: it leads to {tile.leads_to}, which is no tile")
            if not tile.name.isidentifier():
                problems.append(f"{where}: its name cannot stand in a link")
            if not tile.metrics:
                problems.append(f"{where}: it shows no metric, so nothing explains it")
    problems += [f"{m.name}: no definition" for m in METRICS.values() if not (m.definition and m.formula and m.sources)]
    problems += [f"{name}: registered as {fact.name}" for name, fact in FACTS.items() if fact.name != name]
    return problems
