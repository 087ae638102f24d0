"""A page: its tiles in reading order, the roles that may see it, the filters it knows."""

from dataclasses import dataclass
from urllib.parse import quote

from data_layer.access import Role
from data_layer.semantics.period import PeriodName
from data_layer.semantics.selection import DEFAULT_PERIOD
from layouts.tile import Tile, View

# A page of fewer tiles is asked for at once: another request would cost more than it saves.
ONE_LANE = 12
EVERYONE = frozenset(Role) - {Role.WALL}


@dataclass(frozen=True)
class Page:
    """A page, declared once.

    ``rows``: the tiles, a tuple a row; widths of a row add up to 12.  A page without any has a callback of its own that
    fills its body.  ``filters``: the dimensions of the filter bar,
    the ones used most first.  ``icon``: the name of a drawing in ``assets/icons.css``.

    ``subject``: the dimension whose one value the page is about; ``path`` then ends with a place for it
    (``/clients/<id>``), and the page is asked under that value as under any filter.  ``period``: what is shown while
    the link names no period.
    """

    name: str
    path: str
    title: str
    icon: str
    roles: frozenset[Role]
    rows: tuple[tuple[Tile, ...], ...]
    filters: tuple[str, ...]
    subject: str | None = None
    period: PeriodName = DEFAULT_PERIOD

    @property
    def is_administration(self) -> bool:
        """Whether it looks after the site rather than at the business."""
        return self.path.startswith("/admin/")

    @property
    def prefix(self) -> str:
        """The path of a page with a subject, up to its value."""
        return self.path.partition("<")[0]

    def value_in(self, path: str) -> str | None:
        """The subject's value in a path whose escapes are resolved; None where the path is not this page's."""
        if self.subject is None or not path.startswith(self.prefix):
            return None
        return path[len(self.prefix) :] or None

    def address(self, value: str) -> str:
        """The path of the page about a value."""
        return self.prefix + quote(value, safe="")

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return tuple(tile for row in self.rows for tile in row)

    @property
    def lanes(self) -> tuple[tuple[Tile, ...], ...]:
        """The tiles by the request that asks for them.

        A page of many tiles is asked for in two parts at once, so that two workers share it: what is read, and the
        charts.  Charts take the server less and the browser more than words and figures do, so they mostly come first,
        and are drawn while the rest is computed.
        """
        charts = tuple(tile for tile in self.tiles if tile.view is View.CHART)
        others = tuple(tile for tile in self.tiles if tile.view is not View.CHART)
        return (others, charts) if charts and others and len(self.tiles) >= ONE_LANE else (self.tiles,)

    def tile(self, name: str) -> Tile:
        """The tile of that name.  KeyError where there is none."""
        for tile in self.tiles:
            if tile.name == name:
                return tile
        raise KeyError(name)
