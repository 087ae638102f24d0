"""Which records a page is asked for: the link's ``records=TILE``, as the records of that tile's metric."""

from data_layer.access import Viewer
from data_layer.semantics.records import Records, records_of
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from layouts.page import Page
from layouts.tile import Tile


def tile_named(page: Page, name: str | None) -> Tile | None:
    """The tile of that name that has records; None where the link asks for something else."""
    return next((tile for tile in page.tiles if tile.name == name and tile.records), None)


def records_behind(tile: Tile, selection: Selection, viewer: Viewer, data: Generation) -> Records:
    """The rows behind a tile's figure, under the whole selection: a mark that was clicked narrows them too."""
    window = getattr(tile.analysis, "record_window", None)
    days = window(selection, data) if window else None
    return records_of(tile.records or "", selection, viewer, data, days)
