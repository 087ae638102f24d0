"""What every kind of test may ask for."""

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer

# The same examples in every run, and no limit that a busy machine could miss: a failure is one of the code.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# A run in a shell's background ignores Ctrl-C, and so would every command that a test starts in order to stop it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Hundreds of small imports wait for the disk more than for anything else; where memory is plentiful, files lie there.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 8 << 30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run; a missing one fails the run."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def appdb_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty application database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url
