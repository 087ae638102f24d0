"""One import at a time: a lock that the operating system releases however the process ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from data_layer.ingest.errors import AlreadyRunning
from data_layer.warehouse.generations import private_folder

FILE = ".import.lock"
# Who only looks whether the lock is held has it for a moment.
TRIES = 5
PAUSE_SECONDS = 0.02


@contextmanager
def import_lock(folder: Path) -> Iterator[None]:
    """Hold the import lock of a warehouse folder.  AlreadyRunning at once where another process has it."""
    with (private_folder(folder) / FILE).open("a+") as file:
        if not _taken(file, TRIES):
            holder = _written(file) or "unknown"
            raise AlreadyRunning(f"Another import is running (process {holder}). Wait for it to end, then try again.")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(folder: Path) -> int | None:
    """The process that holds the import lock of a warehouse folder; None where none does."""
    try:
        with (folder / FILE).open() as file:
            if _taken(file, 1, fcntl.LOCK_SH):
                return None
            text = _written(file)
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() else None


def _taken(file: IO[str], tries: int, kind: int = fcntl.LOCK_EX) -> bool:
    for attempt in range(tries):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < tries - 1:
                time.sleep(PAUSE_SECONDS)
        else:
            return True
    return False


def _written(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()
