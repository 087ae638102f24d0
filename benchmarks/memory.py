"""The memory of the site's workers under load:  python -m benchmarks.memory --seconds 3600"""

import itertools
import time

import click

from benchmarks.data import home_with, rows_in
from benchmarks.figures import table
from benchmarks.load import View, recorded, run
from benchmarks.server import Site, serving

# Different states of a page, so that queries run and the cache fills, as with people who look around.
PERIODS = ("7d", "30d", "90d", "12m", "mtd", "qtd", "ytd", "all")
MIB = 2**20


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option("--seconds", type=click.IntRange(5, 4 * 3600), default=60, show_default=True, help="How long.")
@click.option("--viewers", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--workers", type=click.IntRange(1, 8), default=2, show_default=True, help="Server processes.")
def main(facts: int, seconds: int, viewers: int, workers: int) -> None:
    """Print each worker's resident memory before the load and at every fifth of it, in MiB."""
    home = home_with(facts)
    rows = rows_in(home)
    with serving(home, workers) as site:
        lines = [("start", *resident(site), "0", "0")]
        states = itertools.cycle([recorded(site, f"/?period={period}") for period in PERIODS])
        for part in range(1, 6):
            views, errors = _load(site, states, viewers, seconds / 5)
            lines.append((f"{part * seconds // 5} s", *resident(site), f"{views:,}", f"{errors}"))
    header = ("after", *(f"worker {number}" for number in range(1, workers + 1)), "views", "errors")
    table(f"Memory with {rows:,} rows, {viewers} viewers at once, MiB", header, lines)


def resident(site: Site) -> list[str]:
    """Resident memory of each worker, in MiB, the oldest worker first."""
    workers = sorted(site.workers(), key=lambda process: process.pid)
    return [f"{process.memory_info().rss / MIB:,.0f}" for process in workers]


def _load(site: Site, states: "itertools.cycle[View]", viewers: int, seconds: float) -> tuple[int, int]:
    """Views and errors of so many seconds of load, one state of the page after the other."""
    end, views, errors = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        result = run(site, next(states), viewers, viewers * 5, max(1.0, end - time.monotonic()))
        views += len(result.seconds)
        errors += result.errors
    return views, errors


if __name__ == "__main__":
    main()
