"""How far a long command is: a bar for a person at a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from tqdm import tqdm

LINE_SECONDS = 10.0
SURE_FROM = 0.03  # sooner there is no telling how long it will take
BAR = "{desc:<30.30} {percentage:3.0f}% {bar} {postfix}"


class Display(Protocol):
    """Where it is shown."""

    def show(self, what: str, share: float, words: str) -> None:
        """``share``: how much is done, 0 to 1.  ``words``: rows, their speed and the time left."""


class Progress:
    """Takes what a load tells of itself.  ``parts``: what a step's name begins with, in the order of the parts."""

    def __init__(self, display: Display, parts: tuple[str, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self._display = display
        self._parts = parts
        self._clock = clock
        self._start = clock()
        self._what, self._done, self._total = "", 0, 0
        self._rows, self._reading = 0, 0.0

    def step(self, what: str, done: int, total: int) -> None:
        """A new step begins: ``done`` of ``total`` in its part of the whole."""
        self._what, self._done, self._total = what, done, total
        self._show()

    def rows(self, count: int, done: int) -> None:
        """So many rows so far; the step goes on."""
        # A guess that turns out too high must not count backwards.
        self._rows, self._done = max(self._rows, count), max(self._done, done)
        self._reading = self._clock() - self._start
        self._show()

    @property
    def share(self) -> float:
        """How much of the whole is done, every part of it taken as long as the others."""
        part = next((i for i, name in enumerate(self._parts) if self._what.startswith(name)), 0)
        here = min(self._done / self._total, 1.0) if self._total else 0.0
        return (part + here) / max(len(self._parts), 1)

    @property
    def _is_counting(self) -> bool:
        """Whether rows are what the present part is about: the last of several parts is another kind of work."""
        return len(self._parts) < 2 or not self._what.startswith(self._parts[-1])

    @property
    def words(self) -> str:
        """Rows, rows a second and the time left, as far as they are known."""
        said = []
        if self._rows and self._is_counting:
            speed = f", {self._rows / self._reading:,.0f} a second" if self._reading > 0 else ""
            said.append(f"{self._rows:,} rows{speed}")
        passed, share = self._clock() - self._start, self.share
        if SURE_FROM <= share < 1:
            said.append(f"about {duration(passed * (1 - share) / share)} left")
        return "; ".join(said)

    def _show(self) -> None:
        self._display.show(self._what, self.share, self.words)


class Bar:
    """A bar that never falls back."""

    def __init__(self, bar: "tqdm[None]") -> None:
        self._bar = bar

    def show(self, what: str, share: float, words: str) -> None:
        self._bar.set_description_str(what, refresh=False)
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(max(100 * share - self._bar.n, 0))


class Lines:
    """A line when another part begins, and one every few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said, self._at = "", 0.0

    def show(self, what: str, share: float, words: str) -> None:
        now, part = self._clock(), what[:4]  # "Reading" ends in "Read"
        if part == self._said and now - self._at < LINE_SECONDS:
            return
        self._said, self._at = part, now
        click.echo(f"{what}: {100 * share:.0f} % done{f'; {words}' if words else ''}", err=True)


@contextmanager
def progress_of(*parts: str, quiet: bool = False) -> Iterator[Progress | None]:
    """What to hand to a load; on standard error.  ``quiet``: for a script, which gets a bar only at a terminal."""
    if sys.stderr.isatty():
        with tqdm(total=100, file=sys.stderr, bar_format=BAR, mininterval=0.2) as bar:
            yield Progress(Bar(bar), parts)
    else:
        yield None if quiet else Progress(Lines(), parts)


def duration(seconds: float) -> str:
    """A time in the unit that a person would say."""
    if seconds < 100:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
