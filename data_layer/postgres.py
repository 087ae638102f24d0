"""PostgreSQL for both databases: how its addresses are read, and connections that never wait for ever."""

import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, event, make_url

ANSWER_SECONDS = 5.0


def database_url(text: str) -> URL:
    """Read a database address; ``postgres://`` and ``postgresql://`` mean PostgreSQL through psycopg 3."""
    url = make_url(text)
    is_short = url.drivername in ("postgres", "postgresql")
    return url.set(drivername="postgresql+psycopg") if is_short else url


def is_postgres(text: str) -> bool:
    """Whether an address names a PostgreSQL server."""
    return database_url(text).get_backend_name() == "postgresql"


class BoundedConnection(psycopg.Connection[Any]):
    """A PostgreSQL connection whose every wait has an end.

    A server that accepts and stays silent keeps the network connection alive, so no socket option notices;
    only a limit on the wait for an answer does.
    """

    answer_seconds: float | None = None

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer at most ``answer_seconds``; then close the connection and raise ``OperationalError``."""
        return super().wait(self._until_too_late(gen), *arguments, **options)

    def _until_too_late(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass a driver's generator through; the driver wakes it ten times a second while nothing comes."""
        seconds = self.answer_seconds or ANSWER_SECONDS
        deadline = time.monotonic() + seconds
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                if not ready and time.monotonic() > deadline:
                    gen.close()
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer from the server within {seconds:g} seconds")
                waits_for = gen.send(ready)
        except StopIteration as end:
            return end.value


def bound(engine: Engine) -> None:
    """Let an engine make such connections from now on."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _entry: Any, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        return BoundedConnection.connect(*arguments, **parameters)
