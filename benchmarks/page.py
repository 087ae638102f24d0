"""How close a page comes to the limit page, in a browser:  python -m benchmarks.page --facts 1000000"""

from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median
from typing import Any

import click
from selenium import webdriver

from benchmarks import limit
from benchmarks.browser import browser, change, open_page, take_session
from benchmarks.data import home_with, rows_in
from benchmarks.figures import milliseconds, table
from benchmarks.server import Site, serving
from data_layer.ingest.status import describe

# The two states between which a cached filter change goes, and those that the limit page holds.
HELD = ("?period=90d", "?period=12m")


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option("--path", default="/", show_default=True, help="The page.")
@click.option("--times", type=click.IntRange(1, 50), default=5, show_default=True, help="Medians of so many.")
@click.option("--login", default="executive", show_default=True)
def main(facts: int, path: str, times: int, login: str) -> None:
    """Print the page's times, the limit page's and their ratios; both in one browser, taking turns."""
    home = home_with(facts)
    rows, as_of = rows_in(home), describe(home).as_of
    with serving(home) as site, browser() as driver:
        take_session(driver, site.address, site.session(login))
        states = [_held(driver, site, path, search) for search in HELD]
        with limit.serving(limit.page(states)) as limit_address:
            figures = _pages(driver, site.address + path, limit_address, _unasked(as_of), times)
            figures += _changes(driver, site.address + path, limit_address, _unasked(as_of, 400), times)
    title = f"{path} with {rows:,} rows: {len(states[0])} tiles, median of {times}, ms"
    lines = [
        (name, milliseconds(ours), milliseconds(least), f"{_ratio(ours, least):.2f}") for name, ours, least in figures
    ]
    table(title, ("", "page", "limit", "ratio"), lines)


Figures = list[tuple[str, list[float], list[float]]]


def _ratio(ours: list[float], least: list[float]) -> float:
    return median(ours) / median(least)


def _held(driver: webdriver.Chrome, site: Site, path: str, search: str) -> list[dict[str, Any]]:
    open_page(driver, site.address + path + search, cold=False)
    return limit.capture(driver)


def _unasked(as_of: date, start: int = 100) -> Iterator[str]:
    """Periods of about a quarter that nobody has asked for yet: no cache holds their figures."""
    for days in range(start, start + 200):
        yield f"?from={as_of - timedelta(days=days)}&to={as_of - timedelta(days=days - 91)}"


def _pages(driver: webdriver.Chrome, ours: str, least: str, unasked: Iterator[str], times: int) -> Figures:
    """Cold: nothing in the browser's cache or in the site's.  Warm: the same page again."""
    cold, warm, least_cold, least_warm = [], [], [], []
    for _ in range(times):
        search = next(unasked)
        cold.append(open_page(driver, ours + search, cold=True))
        warm.append(open_page(driver, ours + search, cold=False))
        least_cold.append(open_page(driver, least, cold=True))
        least_warm.append(open_page(driver, least, cold=False))
    return [("page, caches emptied", cold, least_cold), ("page, cached", warm, least_warm)]


def _changes(driver: webdriver.Chrome, ours: str, least: str, unasked: Iterator[str], times: int) -> Figures:
    uncached, cached, redraw = [], [], []
    for _ in range(times):
        open_page(driver, ours + HELD[0], cold=False)
        change(driver, HELD[1])
        cached.append(change(driver, HELD[0]))
        uncached.append(change(driver, next(unasked)))
        open_page(driver, least, cold=False)
        _redraw(driver, 1)
        redraw.append(_redraw(driver, 0))
    return [("filter change, uncached", uncached, redraw), ("filter change, cached", cached, redraw)]


def _redraw(driver: webdriver.Chrome, state: int) -> float:
    return float(driver.execute_async_script("window.redraw(arguments[0], arguments[1])", state)) / 1000


if __name__ == "__main__":
    main()
