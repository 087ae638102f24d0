"""What a page is asked for: about which subject, and the records of which tile (the link's ``records=TILE``)."""

from data_layer.access import Viewer
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.members import exists
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
    held = getattr(tile.analysis, "record_selection", None)
    selection = held(selection) if held else selection
    window = getattr(tile.analysis, "record_window", None)
    days = window(selection, data) if window else None
    return records_of(tile.records or "", selection, viewer, data, days)


def subject_of(page: Page, selection: Selection) -> str | None:
    """The one value that a page with a subject is asked about; None where the link holds none, or several."""
    values = dict(selection.filters).get(page.subject or "", ())
    return values[0] if len(values) == 1 else None


def has_subject(page: Page, selection: Selection, viewer: Viewer, data: Generation) -> bool:
    """Whether the subject is there for this viewer: a page without one always has what it needs."""
    if page.subject is None:
        return True
    value = subject_of(page, selection)
    return value is not None and exists(page.subject, value, viewer, data)


def nobody_words(page: Page) -> str:
    """What is said of an unknown subject, and of one that is not the viewer's: the same."""
    label = DIMENSIONS[page.subject].label.lower() if page.subject else "page"
    return f"There is no {label} with this number among those you may see."
