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
DRILL_QUESTION = "drill-question"


def tile(name: str) -> str:
    """The card of a tile."""
    return f"tile-{name}"


def here(page: str) -> str:
    """A page's own view of the address: its callbacks hang on it, so that they rest while another page is shown."""
    return f"here-{page}"


def payload(page: str) -> str:
    """The store that holds what the server answered for a page's tiles."""
    return f"payload-{page}"


def drawn(page: str) -> str:
    """What the browser says after drawing a page."""
    return f"drawn-{page}"


def filter_of(page: str, dimension: str) -> str:
    """The control of a page that filters by a dimension, or sets "period" or "compare".  Ids may hold no dots."""
    return f"filter-{page}-{dimension.replace('.', '_')}"
