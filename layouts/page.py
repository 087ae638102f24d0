"""A page: its tiles in reading order, the roles that may see it, the filters it knows."""

from dataclasses import dataclass

from data_layer.access import Role
from layouts.tile import Tile

EVERYONE = frozenset(Role) - {Role.WALL}


@dataclass(frozen=True)
class Page:
    """A page, declared once.

    ``rows``: the tiles, a tuple a row; widths of a row add up to 12.  ``filters``: the dimensions of the filter bar,
    the ones used most first.  ``icon``: the name of a drawing in ``assets/icons.css``.
    """

    name: str
    path: str
    title: str
    icon: str
    roles: frozenset[Role]
    rows: tuple[tuple[Tile, ...], ...]
    filters: tuple[str, ...]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return tuple(tile for row in self.rows for tile in row)

    def tile(self, name: str) -> Tile:
        """The tile of that name.  KeyError where there is none."""
        for tile in self.tiles:
            if tile.name == name:
                return tile
        raise KeyError(name)
