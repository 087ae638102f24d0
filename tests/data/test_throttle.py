"""The limit on failed log-ins, on both engines."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate
from data_layer.appdb.throttle import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_LOGIN,
    WINDOW,
    address_key,
    begin_attempt,
    end_attempt,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HERE = "192.0.2.1"


@pytest.fixture
def engine(appdb_url: str) -> Iterator[Engine]:
    engine = open_database(appdb_url)
    migrate(engine)
    yield engine
    engine.dispose()


def fail(engine: Engine, times: int, login: str = "ada", address: str = HERE, now: datetime = NOW) -> list[int]:
    return [begin_attempt(engine, login, address, now)[1] for _ in range(times)]


def test_the_sixth_failure_has_to_wait_out_the_window(engine: Engine) -> None:
    assert fail(engine, FAILURES_PER_LOGIN) == [0] * FAILURES_PER_LOGIN
    assert fail(engine, 1) == [WINDOW.total_seconds()]


def test_other_logins_and_other_addresses_are_not_held_up(engine: Engine) -> None:
    fail(engine, FAILURES_PER_LOGIN + 1)
    assert fail(engine, 1, login="bob") == [0]
    assert fail(engine, 1, address="192.0.2.2") == [0]


def test_one_address_may_not_try_many_logins(engine: Engine) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        assert fail(engine, 1, login=f"user{number}") == [0]
    assert fail(engine, 1, login="another")[0] > 0


def test_the_wait_ends_with_the_oldest_failure(engine: Engine) -> None:
    fail(engine, 1)
    later = NOW + timedelta(minutes=10)
    fail(engine, FAILURES_PER_LOGIN - 1, now=later)
    assert fail(engine, 1, now=later) == [5 * 60]
    assert fail(engine, 1, now=NOW + WINDOW) == [0]


def test_refused_attempts_do_not_lengthen_the_wait(engine: Engine) -> None:
    fail(engine, FAILURES_PER_LOGIN + 20)
    assert fail(engine, 1, now=NOW + WINDOW) == [0]


def test_a_success_clears_the_failures_of_that_login(engine: Engine) -> None:
    fail(engine, FAILURES_PER_LOGIN - 1)
    attempt, wait = begin_attempt(engine, "ada", HERE, NOW)
    assert wait == 0
    end_attempt(engine, attempt, succeeded=True)
    assert fail(engine, FAILURES_PER_LOGIN) == [0] * FAILURES_PER_LOGIN


def test_attempts_at_the_same_moment_cannot_pass_together(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: begin_attempt(engine, "ada", HERE, NOW)[1], range(16)))
    assert sum(wait == 0 for wait in waits) <= FAILURES_PER_LOGIN


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        (None, "", True),
    ],
)
def test_what_counts_as_one_address(one: str | None, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same
