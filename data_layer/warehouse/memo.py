"""Results that several figures of one page share, kept for a moment in the process.

The finished answers of tiles live in :mod:`data_layer.semantics.cache`; this is for what they are made of: a card, a
sentence and a chart that ask the same of the data at the same time ask it once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from data_layer.flights import Flights


class Memo:
    """The last few results by key, one computation per key at a time.  Thread-safe.  Errors are not kept.

    ``most``: of their sizes together, which ``size`` tells; without it, of their number.
    """

    def __init__(self, most: int, size: Callable[[Any], int] = lambda _value: 1) -> None:
        self._most = most
        self._size = size
        self._held = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._flights = Flights()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of a key, computed where it is not kept.  Callers must not change it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._flights.alone(key):
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            value = compute()
            with self._lock:
                self._kept[key] = value
                self._held += self._size(value)
                while self._held > self._most:
                    self._held -= self._size(self._kept.popitem(last=False)[1])
            return value

    def clear(self) -> None:
        """Forget all of it, as a measurement wants that asks anew."""
        with self._lock:
            self._kept.clear()
            self._held = 0
