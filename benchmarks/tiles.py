"""Server time of each tile of the executive page, uncached and cached:  python -m benchmarks.tiles --facts 1000000"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click
import orjson

from benchmarks.data import home_with, rows_in
from benchmarks.figures import milliseconds, table
from callbacks.payload import Desk, tile_payload
from data_layer.access import Role, Viewer
from data_layer.semantics.cache import Cache, open_store
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Warehouse
from layouts.page import Page
from layouts.registry import BY_NAME
from layouts.tile import Tile

VIEWER = Viewer("benchmark", Role.EXECUTIVE)


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option("--page", "page_name", type=click.Choice(sorted(BY_NAME)), default="executive", show_default=True)
@click.option("--search", default="", help="The state of the page, as in its address: period=12m&segment=Retail")
@click.option("--times", type=click.IntRange(1, 100), default=5, show_default=True, help="Medians of so many.")
def main(facts: int, page_name: str, search: str, times: int) -> None:
    """Print a line a tile: milliseconds uncached, cached in the process, cached in files; and the answer's size."""
    home = home_with(facts)
    rows = rows_in(home)
    page, selection, warehouse = BY_NAME[page_name], Selection.parse(search), Warehouse(home)
    lines, uncached, cached = [], [], []
    for tile in page.tiles:
        slow, near, far, answer = measure(warehouse, page, tile, selection, times)
        uncached.append(median(slow))
        cached.append(median(near))
        state = orjson.loads(answer)["state"]
        lines.append((tile.name, milliseconds(slow), milliseconds(near), milliseconds(far), f"{len(answer):,}", state))
    totals = [("all", milliseconds([sum(uncached)]), milliseconds([sum(cached)]), "", "", "")]
    totals += [("slowest", milliseconds([max(uncached)]), milliseconds([max(cached)]), "", "", "")]
    title = f"{page.title}: {rows:,} rows, median of {times}, ms"
    table(title, ("tile", "uncached", "cached", "from files", "bytes", "state"), [*lines, *totals])


def measure(
    warehouse: Warehouse, page: Page, tile: Tile, selection: Selection, times: int
) -> tuple[list[float], list[float], list[float], bytes]:
    """Seconds uncached, cached in the process and cached in files, and the answer; the first answer is not counted.

    Uncached: nothing is known but the data; what the tile shares with others of its page it has to find itself.
    """
    uncached, near, far = [], [], []
    answer = b""
    for turn in range(times + 1):
        data = warehouse.current()
        data.memo.clear()
        data.all_days.clear()
        with tempfile.TemporaryDirectory() as folder:
            first = desk(warehouse, Path(folder))
            slow, answer = timed(lambda: tile_payload(first, page, tile, selection, VIEWER))  # noqa: B023
            again, _ = timed(lambda: tile_payload(first, page, tile, selection, VIEWER))  # noqa: B023
            other = desk(warehouse, Path(folder))
            filed, _ = timed(lambda: tile_payload(other, page, tile, selection, VIEWER))  # noqa: B023
        if turn:
            uncached.append(slow)
            near.append(again)
            far.append(filed)
    return uncached, near, far, answer


def desk(warehouse: Warehouse, folder: Path) -> Desk:
    """A desk whose cache is empty but for what lies in the folder; it writes no audit log."""
    return Desk(warehouse, Cache(open_store(None, folder)), lambda _login, _action, _detail: None)


def timed(run: Callable[[], bytes]) -> tuple[float, bytes]:
    """Seconds taken, and what came out."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
