"""One thread that ends what takes too long, for all queries of the process: a timer of its own for each costs more than
many a query."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Watch:
    """Something that runs.  The lock decides who comes first: its end or the end of its time."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel: Callable[[], None] | None = cancel
        self._lock = threading.Lock()
        self.was_cancelled = False

    def expire(self) -> None:
        with self._lock:
            if self._cancel is not None:
                self.was_cancelled = True
                self._cancel()

    def end(self) -> None:
        """From here on nothing is cancelled: the connection may already serve somebody else."""
        with self._lock:
            self._cancel = None


class Watchdog:
    """Runs ``cancel`` of each watch whose time is over.  Its thread starts with the first watch; thread-safe."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._due: list[tuple[float, int, _Watch]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, seconds: float, cancel: Callable[[], None]) -> Iterator[Callable[[], bool]]:
        """While the block runs, call ``cancel`` once if it takes longer.  Yields a function that says whether it did."""
        watch = _Watch(cancel)
        self._add(time.monotonic() + seconds, watch)
        try:
            yield lambda: watch.was_cancelled
        finally:
            watch.end()

    def _add(self, due: float, watch: _Watch) -> None:
        with self._wake:
            heapq.heappush(self._due, (due, next(self._numbers), watch))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif self._due[0][2] is watch:
                self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._wake.wait(self._due[0][0] - time.monotonic() if self._due else None)
                _, _, watch = heapq.heappop(self._due)
            watch.expire()
