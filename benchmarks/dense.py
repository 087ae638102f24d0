"""Tenure × balance of a hundred thousand clients:  python -m benchmarks.dense

Demo data; in a copy of it the clients are repeated until there are as many as asked for.  Then what the tile of the page
*Clients* takes: on the server, under no filter and under one; in a browser, to draw it and to follow the mouse over it,
beside the same number of points drawn one by one.
"""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import duckdb
from selenium.webdriver import Chrome

from benchmarks.browser import browser, open_page, take_session
from benchmarks.data import home_with
from benchmarks.figures import milliseconds, table
from benchmarks.server import serving
from benchmarks.timeline import timed
from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import MEMO_RESULTS, Warehouse
from data_layer.warehouse.generations import current_file, folder_of, point_to
from data_layer.warehouse.memo import Memo
from layouts.registry import BY_NAME

TILE = "client_value"
SEARCHES = {"all clients": "period=12m", "one segment": "period=12m&segment=Retail"}
# Draws what the tile holds once more; the frame after that was painted ends it.
REDRAW = """
const [name, done] = arguments, plot = document.querySelector(`#tile-${name} .plot`), start = performance.now();
window.Plotly.redraw(plot).then(() =>
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0)));
"""
# The same number of clients as points, over the tile's own place.
POINTS = """
const [name, count, done] = arguments, plot = document.querySelector(`#tile-${name} .plot`);
const chance = (() => { let seed = 7; return () => (seed = (seed * 16807) % 2147483647) / 2147483647; })();
const x = Array.from({ length: count }, () => chance() * 12), y = x.map(() => Math.exp(chance() * 14));
const layout = { ...plot.layout, xaxis: {}, yaxis: { type: 'log' } };
window.Plotly.newPlot(plot, [{ type: 'scatter', mode: 'markers', x, y }], layout).then(() => done(true));
"""
# The longest time between two frames from here on, as `window.longest`.
FRAMES = """
window.longest = 0; window.before = performance.now();
const look = (now) => { window.longest = Math.max(window.longest, now - window.before); window.before = now;
  requestAnimationFrame(look); };
requestAnimationFrame(look);
"""


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows before that.")
@click.option("--clients", type=click.IntRange(1_000), default=100_000, show_default=True, help="Clients in all.")
@click.option("--home", type=click.Path(path_type=Path), help="An instance folder to copy, instead of making one.")
@click.option("--times", type=click.IntRange(1, 100), default=5, show_default=True, help="Medians of so many.")
def main(facts: int, clients: int, home: Path | None, times: int) -> None:
    """Print the server's and the browser's milliseconds."""
    source = home or home_with(facts)
    copy = source.with_name(source.name + "-dense")
    count = prepare(source, copy, clients)
    lines = [on_the_server(copy, name, search, times) for name, search in SEARCHES.items()]
    table(f"Tenure × balance of {count:,} clients, median of {times}", ("clients", "ms", "kB"), lines)
    with serving(copy) as site, browser() as driver:
        take_session(driver, site.address, site.session())
        open_page(driver, f"{site.address}/clients?{SEARCHES['all clients']}", cold=False)
        driver.execute_script(f"document.getElementById('tile-{TILE}').scrollIntoView({{block: 'center'}})")
        shown = in_the_browser(driver, "as the page draws them", times)
        driver.execute_async_script(POINTS, TILE, count)
        points = in_the_browser(driver, "as points, one by one", times)
    table("In the browser", ("clients", "redraw, ms", "longest frame under the mouse, ms"), [shown, points])


def prepare(source: Path, copy: Path, clients: int) -> int:
    """The copy with at least so many clients; how many there are."""
    original = current_file(source)
    assert original is not None, f"nothing is loaded in {source}"
    file = folder_of(copy) / original.name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, file)
        shutil.copyfile(source / "clientscope.sqlite", copy / "clientscope.sqlite")
        with duckdb.connect(str(file)) as con:
            grow(con, clients)
        point_to(copy, file)
    with duckdb.connect(str(file), read_only=True) as con:
        found = con.execute("SELECT count(*) FROM dim_customer WHERE customer_key > 0").fetchone()
    assert found is not None
    return int(found[0])


def grow(con: duckdb.DuckDBPyConnection, clients: int) -> None:
    """Repeat the clients under new keys and numbers."""
    con.execute(
        f"""
        INSERT INTO dim_customer
        SELECT c.* REPLACE (c.customer_key + t.times * k.most AS customer_key,
            c.customer_id || '-' || t.times AS customer_id)
        FROM dim_customer c, (SELECT max(customer_key) AS most FROM dim_customer) k,
            generate_series(1, {clients}) AS t(times)
        WHERE c.customer_key > 0 AND t.times * k.most < {clients}
        """
    )


def on_the_server(home: Path, name: str, search: str, times: int) -> tuple[str, str, str]:
    """The question and its figure, uncached: milliseconds, and the size of the answer."""
    data, tile = Warehouse(home).current(), BY_NAME["clients"].tile(TILE)

    def draw() -> dict[str, Any]:
        fresh = replace(data, memo=Memo(MEMO_RESULTS))
        return tile.draw(tile.analysis(Ask(Selection.parse(search), Viewer("benchmark", Role.EXECUTIVE), fresh)))

    return name, milliseconds(timed(draw, times)), f"{len(json.dumps(draw())) / 1000:.0f}"


def in_the_browser(driver: Chrome, name: str, times: int) -> tuple[str, str, str]:
    """Milliseconds to draw it once more, and the longest frame while the mouse crosses it."""
    seconds = [float(driver.execute_async_script(REDRAW, TILE)) / 1000 for _ in range(times)]
    box = driver.execute_script(
        "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.x, b.y, b.width, b.height]",
        f"#tile-{TILE} .plot",
    )
    driver.execute_script(FRAMES)
    for step in range(60):
        place = {"x": box[0] + box[2] * (0.2 + 0.7 * step / 60), "y": box[1] + box[3] * (0.3 + 0.4 * (step % 7) / 7)}
        driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", **place})
        time.sleep(0.02)
    return name, milliseconds(seconds), f"{float(driver.execute_script('return window.longest')):.0f}"


if __name__ == "__main__":
    main()
