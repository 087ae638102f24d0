"""One import at a time: a lock that the operating system releases however the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_layer.ingest.errors import AlreadyRunning


@contextmanager
def import_lock(folder: Path) -> Iterator[None]:
    """Hold the import lock of a warehouse folder.  AlreadyRunning at once where another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".import.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"Another import is running (process {holder}). Wait for it to end, then try again."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
