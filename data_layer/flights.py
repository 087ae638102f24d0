"""One at a time for each key, however many want to do the same."""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class _Flight:
    """``riders``: those who are doing it or wait to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.riders = 0


class Flights:
    """A lock for each key, which is there as long as somebody wants it.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, _Flight] = {}

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """Within the block nobody else is in one of the same key; those who waited must look whether it is done."""
        with self._lock:
            flight = self._flights.setdefault(key, _Flight())
            flight.riders += 1
        try:
            with flight.lock:
                yield
        finally:
            with self._lock:
                flight.riders -= 1
                if not flight.riders:
                    del self._flights[key]
