"""An import that is killed, stopped, doubled or robbed of its source: the data are the old ones or the new, whole."""

import itertools
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from sqlalchemy import make_url

from data_layer.ingest import errors
from data_layer.ingest import run as ingest_run
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_import
from data_layer.warehouse import generations
from data_layer.warehouse.build import Build
from tests.data.importing import command, contents, nothing_is_left, reader, seen, start, tables, until, whole
from tests.data.loading import load, query, write_tables
from tests.postgres import PostgresServer

OLD, NEW = 60, 90
KILLS = 20


@dataclass(frozen=True)
class Stop:
    """Sends a signal at the process's nth change of a file under a folder."""

    folder: str
    nth: int
    number: int

    def __call__(self) -> None:
        changes = itertools.count(1)
        sys.addaudithook(lambda event, args: self._hear(event, args, changes))

    def _hear(self, event: str, args: tuple[Any, ...], changes: "itertools.count[int]") -> None:
        is_change = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir") or (
            event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
        )
        if is_change and str(args[0]).startswith(self.folder) and next(changes) == self.nth:
            os.kill(os.getpid(), self.number)


def interrupt_a_long_build() -> None:
    """A build that never ends gets a signal as soon as the database is at it."""

    def build(made: Build) -> None:
        con = made.con
        con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        threading.Thread(target=interrupt_once_busy, args=(con,), daemon=True).start()
        con.execute("SELECT sum(hash(a.range * b.range)) FROM range(100000000) a, range(100000000) b")

    ingest_run.build_star = build


def interrupt_once_busy(con: duckdb.DuckDBPyConnection) -> None:
    while con.query_progress() < 0:
        pass
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def folders(tmp_path: Path) -> dict[int, Path]:
    """The old data and the new."""
    return {count: write_tables(tmp_path / str(count), tables(count)) for count in (OLD, NEW)}


def run(home: Path, folder: Path) -> float:
    """An import that nobody disturbs; how long it took."""
    process, begun = start(home, folder), time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begun


def test_killed_at_twenty_moments_readers_see_whole_data_and_a_second_try_succeeds(
    tmp_path: Path, folders: dict[int, Path]
) -> None:
    home, chance = tmp_path / "home", random.Random(7)
    expected = {}
    for count in (NEW, OLD):
        seconds = run(home, folders[count])
        expected[count] = contents(home)
    was, killed = OLD, 0
    with reader(home) as found:
        for _ in range(KILLS):
            wanted = NEW if was == OLD else OLD
            process = start(home, folders[wanted])
            process.join(chance.random() * seconds)
            process.kill()
            process.join()
            killed += process.exitcode == -signal.SIGKILL
            assert seen(home) in (whole(was), whole(wanted))
            run(home, folders[wanted])
            assert contents(home) == expected[wanted]
            assert nothing_is_left(home)
            was = wanted
    assert found == {whole(OLD), whole(NEW)}
    assert killed > KILLS // 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_ended_at_every_change_of_a_file(tmp_path: Path, folders: dict[int, Path], number: int) -> None:
    """From the lock to the last report: what is half-done is never seen, and a stop on request leaves nothing behind."""
    home = tmp_path / "home"
    run(home, folders[OLD])
    before, ends = seen(home), []
    for nth in range(1, 100):
        process = start(home, folders[NEW], Stop(str(home), nth, number))
        process.join()
        now = seen(home)
        ends.append((process.exitcode, now))
        assert now in (whole(OLD), whole(NEW))
        if number == signal.SIGINT:
            assert nothing_is_left(home)
            assert (process.exitcode == 0) == (now == whole(NEW)), nth
        if now != before:
            break
    assert len(ends) > 3
    assert {end for end, _ in ends[:-1]} == {-number}
    run(home, folders[NEW])
    assert seen(home) == whole(NEW)
    assert nothing_is_left(home)


def connect(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def until_a_row(url: str, question: str) -> None:
    """Ask a database until it has a row."""
    with connect(url) as server:
        server.autocommit = True
        until(lambda: server.execute(question.encode()).fetchone() is not None)


WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


SOURCES = {
    "one": 'CREATE TABLE "STAFF" AS SELECT 1 AS "STAFF_ID", \'Ann\' AS "FULL_NAME", \'Lead\' AS "ROLE", NULL::text AS "EMAIL"',
    "two": 'CREATE TABLE "INTERACTION_TYPES" AS SELECT 3 AS "TYPE_ID", \'Call\' AS "TYPE_NAME"',
}


def test_of_two_imports_at_once_one_wins_and_the_other_says_why(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Their sources hold the first one up until the second one has ended."""
    home, urls = tmp_path / "home", {name: postgres_server.create_database(name) for name in SOURCES}
    locks = []
    for name, url in urls.items():
        with connect(url) as server:
            server.execute(SOURCES[name].encode())
        locks.append(connect(url))
        locks[-1].execute(b'LOCK "STAFF"' if name == "one" else b'LOCK "INTERACTION_TYPES"')
    running = {name: command(home, "import", "--source", url) for name, url in urls.items()}
    until(lambda: any(one.poll() is not None for one in running.values()))
    (loser,) = (name for name, one in running.items() if one.poll() is not None)
    (winner,) = set(urls) - {loser}
    _, words = running[loser].communicate()
    assert running[loser].returncode == errors.AlreadyRunning.exit_code
    assert f"Another import is running (process {running[winner].pid})" in words
    for lock in locks:
        lock.close()
    running[winner].communicate()
    assert running[winner].returncode == 0
    assert run_import(urls[loser], home).status == "published"
    assert query(home, "SELECT source FROM load_source ORDER BY 1") == [("interaction_types",), ("staff",)]
    for name in urls:
        postgres_server.drop_database(name)


def test_a_database_that_goes_away_in_the_middle_publishes_nothing(tmp_path: Path, postgres_url: str) -> None:
    home = tmp_path / "home"
    load(home, {"staff": [{"staff_id": "1", "full_name": "Ann", "role": "Lead"}]})
    before = generations.current_file(home)
    endless = "FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
    with connect(postgres_url) as server:
        columns = """a AS "STAFF_ID", 'x' AS "FULL_NAME", b AS "ROLE", 1 AS "EMAIL\""""
        server.execute(f'CREATE VIEW "STAFF" AS SELECT {columns} {endless}'.encode())
    process = command(home, "import", "--source", postgres_url)
    until_a_row(
        postgres_url,
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'FETCH FORWARD%' "
        "AND pg_terminate_backend(pid)",
    )
    _, words = process.communicate()
    assert process.returncode == errors.BadFile.exit_code
    assert re.search("Error: .*cannot be read: .*terminat.* Nothing was published", words)
    assert "Traceback" not in words
    assert generations.current_file(home) == before
    assert nothing_is_left(home)


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.unlink(),
        lambda file: os.truncate(file, len("".join(file.read_text().splitlines(keepends=True)[:30]))),
        lambda file: file.write_text(file.read_text() * 2),
        lambda file: file.replace(file.with_suffix(".old")).rename(file.with_suffix(".old2")),
    ],
    ids=["removed", "cut short", "growing", "moved away"],
)
def test_a_file_that_is_changed_while_it_is_read_publishes_nothing(
    tmp_path: Path, folders: dict[int, Path], harm: Callable[[Path], object]
) -> None:
    """Cut short at the end of a line it would pass for a small file."""
    home = tmp_path / "home"
    run_import(folders[OLD], home)
    before = generations.current_file(home)

    def progress(what: str, _done: int, _total: int) -> None:
        if what == "Reading engagement.csv":
            harm(folders[NEW] / "engagement.csv")

    with pytest.raises(errors.BadFile, match=r"engagement\.csv"):
        run_import(folders[NEW], home, ImportOptions(progress=progress))
    assert generations.current_file(home) == before
    assert nothing_is_left(home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_on_request_says_one_line_and_leaves_nothing_behind(
    tmp_path: Path, postgres_url: str, number: int
) -> None:
    home = tmp_path / "home"
    load(home, {"staff": [{"staff_id": "1", "full_name": "Ann", "role": "Lead"}]})
    before = generations.current_file(home)
    with connect(postgres_url) as server:
        server.execute(SOURCES["one"].encode())
    with connect(postgres_url) as lock:
        lock.execute(b'LOCK "STAFF"')
        process = command(home, "import", "--source", postgres_url, "--json")
        until_a_row(postgres_url, WAITING)
        process.send_signal(number)
        _, words = process.communicate()
    assert process.returncode == -number
    assert words.splitlines() == ["The import was stopped. Nothing was published; run it again when you like."]
    assert generations.current_file(home) == before
    assert nothing_is_left(home)


def test_a_stop_reaches_a_long_query_of_the_build(tmp_path: Path, folders: dict[int, Path]) -> None:
    home = tmp_path / "home"
    process = start(home, folders[NEW], interrupt_a_long_build)
    process.join()
    assert process.exitcode == -signal.SIGINT
    assert generations.current_file(home) is None
    assert nothing_is_left(home)
