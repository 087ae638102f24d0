"""One cache: explicit keys, one computation per key at a time, finished answers as bytes ready to send.

Two layers.  The near one lives in the process and answers in microseconds; the far one (files, or Redis) is shared by
all workers and outlives them.  Keys carry the data's generation, the viewer's scope and the whole question, so nothing
ever has to be invalidated: new data asks under new keys, and old ones age out.
"""

import hashlib
import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from cachelib import FileSystemCache, RedisCache
from redis import Redis

from data_layer.flights import Flights

NEAR_BYTES = 16 * 1024 * 1024
FAR_SECONDS = 24 * 3600
FAR_FILES = 20_000
FAR_AWAY_SECONDS = 5.0

log = logging.getLogger(__name__)


class Store(Protocol):
    """The far layer: what cachelib offers."""

    def get(self, key: str) -> Any: ...

    def set(self, key: str, value: Any) -> Any: ...


class Plain:
    """How values are stored: bytes as they are, the store's own counters as JSON.

    cachelib's own way is pickle, which runs what it reads.
    """

    def dumps(self, value: bytes | int) -> bytes:
        return b"=" + value if isinstance(value, bytes) else b"#" + json.dumps(value).encode()

    def loads(self, stored: bytes | None) -> Any:
        if not stored:
            return None
        return stored[1:] if stored[:1] == b"=" else json.loads(stored[1:])

    def dump(self, value: bytes | int, file: Any, *_protocol: object) -> None:
        file.write(self.dumps(value))

    def load(self, file: Any) -> Any:
        return self.loads(file.read())


class Files(FileSystemCache):
    """The far layer of a single machine.

    How many files there are is counted in the process: cachelib writes its count into one more file with every value,
    which doubles what keeping a value costs.  Other workers add files too, so the folder is counted anew before any is dropped.
    """

    serializer = Plain()  # type: ignore[assignment]
    _counted = 0

    @property
    def _file_count(self) -> int:
        return self._counted

    def _update_count(self, delta: int | None = None, value: int | None = None) -> None:
        self._counted = self._counted + delta if delta else value or 0

    def _prune(self) -> None:
        if self._over_threshold():
            self._counted = sum(1 for _ in self._list_dir())
            super()._prune()


class SharedRedis(RedisCache):
    """The far layer of several machines."""

    serializer = Plain()  # type: ignore[assignment]


def key_of(*parts: Any) -> str:
    """A key for a question: equal parts, equal key, in every process."""
    return hashlib.blake2b(json.dumps(parts, default=str).encode(), digest_size=20).hexdigest()


def open_store(url: str | None, folder: Path) -> Store:
    """The far layer that a setting names: ``redis://…``, or files below ``folder`` for None."""
    if url is None:
        store: Store = Files(str(folder), threshold=FAR_FILES, default_timeout=FAR_SECONDS, mode=0o600)
        return store
    client = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    shared: Store = SharedRedis(client, default_timeout=FAR_SECONDS, key_prefix="clientscope:")
    return shared


class Cache:
    """Finished answers by key.  Thread-safe.  A far layer that is away slows the site down and nothing else."""

    def __init__(self, store: Store, near_bytes: int = NEAR_BYTES) -> None:
        self._store = store
        self._near: OrderedDict[str, bytes] = OrderedDict()
        self._near_size = 0
        self._most = near_bytes
        self._lock = threading.Lock()
        self._flights = Flights()
        self._far_again = 0.0

    def get(self, key: str, compute: Callable[[], bytes]) -> bytes:
        """The value of a key; computed once where nobody has it, however many ask for it at the same time.

        What ``compute`` raises is raised here, and nothing is kept.
        """
        found = self._recall(key)
        if found is not None:
            return found
        with self._flights.alone(key):
            found = self._recall(key)
            if found is None:
                found = self._far_get(key)
                if found is None:
                    found = compute()
                    self._far_set(key, found)
                self._remember(key, found)
            return found

    def _recall(self, key: str) -> bytes | None:
        with self._lock:
            value = self._near.get(key)
            if value is not None:
                self._near.move_to_end(key)
            return value

    def _remember(self, key: str, value: bytes) -> None:
        with self._lock:
            self._near_size += len(value) - len(self._near.get(key, b""))
            self._near[key] = value
            while self._near_size > self._most and len(self._near) > 1:
                self._near_size -= len(self._near.popitem(last=False)[1])

    def _far_get(self, key: str) -> bytes | None:
        if time.monotonic() < self._far_again:
            return None
        try:
            value = self._store.get(key)
        except Exception as error:
            self._far_is_away("read", error)
            return None
        return value if isinstance(value, bytes) else None

    def _far_set(self, key: str, value: bytes) -> None:
        if time.monotonic() < self._far_again:
            return
        try:
            self._store.set(key, value)
        except Exception as error:
            self._far_is_away("written", error)

    def _far_is_away(self, what: str, error: Exception) -> None:
        """Leave it alone for a moment: one wait for its silence is enough, and one line in the log."""
        self._far_again = time.monotonic() + FAR_AWAY_SECONDS
        log.warning("The cache cannot be %s; going on without it for %g s: %s", what, FAR_AWAY_SECONDS, error)
