"""The ids of the components that callbacks speak to, each written once."""

URL = "url"
CONTENT = "content"
NAVIGATION = "navigation"
AGAIN = "again"
SHOWN = "shown-page"
WANTED = "wanted-records"
DRILL = "drill"
DRILL_GRID = "drill-grid"
DRILL_TITLE = "drill-title"
# How the ids begin that carry the name of their page, as the functions below write them.
OF_A_PAGE = ("here", "payload", "drawn", "filter", "body")


def tile(name: str) -> str:
    """The card of a tile."""
    return f"tile-{name}"


def here(page: str) -> str:
    """A page's own view of the address: its callbacks hang on it, so that they rest while another page is shown."""
    return f"here-{page}"


def payload(page: str, lane: int = 0) -> str:
    """The store that holds what the server answered for a page's tiles, or for the half of them in that lane."""
    return f"payload-{page}" if lane == 0 else f"payload-{page}-{lane}"


def drawn(page: str, lane: int = 0) -> str:
    """What the browser says after drawing them."""
    return f"drawn-{page}" if lane == 0 else f"drawn-{page}-{lane}"


def body(page: str) -> str:
    """What stands below the title of a page that is not made of tiles."""
    return f"body-{page}"


def filter_of(page: str, dimension: str) -> str:
    """The control of a page that filters by a dimension, or sets "period" or "compare".  Ids may hold no dots."""
    return f"filter-{page}-{dimension.replace('.', '_')}"
