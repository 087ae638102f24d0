"""Results that several figures of one page share, kept for a moment in the process.

The finished answers of tiles live in :mod:`data_layer.semantics.cache`; this is for what they are made of: a card, a
sentence and a chart that ask the same of the data at the same time ask it once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Memo:
    """The last few results by key, one computation per key at a time.  Thread-safe.  Errors are not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._flights: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of a key, computed where it is not kept.  Callers must not change it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            flight = self._flights.setdefault(key, threading.Lock())
        with flight:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                value = compute()
                with self._lock:
                    self._kept[key] = value
                    while len(self._kept) > self._most:
                        self._kept.popitem(last=False)
            finally:
                with self._lock:
                    self._flights.pop(key, None)
            return value
