"""Page views a second with many viewers at once:  python -m benchmarks.load --viewers 30 --views 300"""

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import click
import requests

from benchmarks.browser import browser, open_page, requests_of, take_session
from benchmarks.data import home_with, rows_in
from benchmarks.figures import quantile, table
from benchmarks.server import PAGE, Site, serving

LONGEST_SECONDS = 120


@dataclass(frozen=True)
class View:
    """What a browser whose cache is warm sends for one page view: the document, then the page's own questions."""

    address: str
    questions: tuple[tuple[str, dict[str, str], str], ...]


@dataclass
class Result:
    """Seconds of each view that went well, the number of those that did not, and how long all took."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    taken: float = 0.0

    @property
    def rate(self) -> float:
        """Views a second."""
        return len(self.seconds) / self.taken if self.taken else 0.0


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option("--path", default="/", show_default=True, help="The page.")
@click.option("--viewers", type=click.IntRange(1, 200), default=30, show_default=True, help="At the same time.")
@click.option("--views", type=click.IntRange(1, 20_000), default=600, show_default=True, help="In all, at most.")
@click.option("--workers", type=click.IntRange(1, 8), default=2, show_default=True, help="Server processes.")
def main(facts: int, path: str, viewers: int, views: int, workers: int) -> None:
    """Print views a second, the 95th percentile and the errors; the page's figures are in the site's cache."""
    home = home_with(facts)
    rows = rows_in(home)
    with serving(home, workers) as site:
        view = recorded(site, path)
        run(site, view, viewers, viewers * workers)
        result = run(site, view, viewers, views)
    if not result.seconds:
        raise click.ClickException("No view succeeded.")
    lines = [
        ("views", f"{len(result.seconds):,}"),
        ("requests a view", f"{1 + len(view.questions)}"),
        ("views a second", f"{result.rate:.1f}"),
        ("median, ms", f"{quantile(result.seconds, 0.5) * 1000:,.0f}"),
        ("95th percentile, ms", f"{quantile(result.seconds, 0.95) * 1000:,.0f}"),
        ("errors", f"{result.errors}"),
    ]
    table(f"{path} with {rows:,} rows, {viewers} viewers at once, {workers} workers", ("measure", "figure"), lines)


def recorded(site: Site, path: str) -> View:
    """Open the page once in a browser and note what it asks of the server."""
    with browser() as driver:
        take_session(driver, site.address, site.session())
        open_page(driver, site.address + path, cold=False)
        asked = [_question(site, one) for one in requests_of(driver)]
    return View(site.address + path, tuple(asked))


def _question(site: Site, noted: dict[str, Any]) -> tuple[str, dict[str, str], str]:
    address = noted["address"]
    full = address if address.startswith("http") else site.address + address
    return full, {"Content-Type": "application/json", **noted["headers"]}, noted["body"] or ""


def run(site: Site, view: View, viewers: int, views: int, longest: float = LONGEST_SECONDS) -> Result:
    """So many views by so many viewers, who share one log-in; bounded in count and in time."""
    cookies = site.session().cookies
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(views):
        waiting.put(number)
    result, lock, start = Result(), threading.Lock(), time.perf_counter()
    arguments = (view, cookies, waiting, start + longest, result, lock)
    threads = [threading.Thread(target=_look, args=arguments) for _ in range(viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.taken = time.perf_counter() - start
    return result


def _look(
    view: View,
    cookies: requests.cookies.RequestsCookieJar,
    waiting: "queue.SimpleQueue[int]",
    end: float,
    result: Result,
    lock: threading.Lock,
) -> None:
    """One viewer: view after view until none is left or the time is over."""
    with requests.Session() as client:
        client.cookies.update(cookies)
        while time.perf_counter() < end:
            try:
                waiting.get_nowait()
            except queue.Empty:
                return
            start = time.perf_counter()
            good = _view(client, view)
            taken = time.perf_counter() - start
            with lock:
                result.seconds += [taken] if good else []
                result.errors += not good


def _view(client: requests.Session, view: View) -> bool:
    """Whether the document and every question were answered."""
    try:
        answers = [client.get(view.address, headers=PAGE, timeout=30)]
        for address, headers, body in view.questions:
            answers.append(client.post(address, data=body.encode(), headers=headers, timeout=30))
    except requests.RequestException:
        return False
    return all(answer.status_code in (200, 204) for answer in answers)


if __name__ == "__main__":
    main()
