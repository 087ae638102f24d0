"""Imports in processes of their own, which can be killed; and what readers see meanwhile."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

from data_layer.ingest.lock import import_lock
from data_layer.warehouse import generations
from tests.data.loading import Rows

DASHAPP = Path(sys.executable).with_name("dashapp")
# A process that has loaded the program once and starts each import with a fork of itself.
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["dashapp.cli"])
MOMENT = 0.02  # between two looks at something, so that looking does not take the machine
SCRATCH = (".building", ".scratch", ".spill", ".current")
Prepare = Callable[[], None]


def tables(count: int) -> dict[str, Rows]:
    """Clients and sessions; every number that a reader takes of them follows from ``count``."""
    days = [f"2024-03-{1 + i % 28:02} 10:00" for i in range(count)]
    return {
        "customers": [{"customer_id": f"C{i}", "enrollment_date": "2024-01-01"} for i in range(count // 5)],
        "engagement": [
            {"engagement_id": f"E{i}", "customer_id": f"C{i % 7}", "date": day, "pages_viewed": count}
            for i, day in enumerate(days)
        ],
    }


def whole(count: int) -> tuple[int, int, int]:
    """What :func:`seen` gives for data of that size."""
    return count // 5, count, count * count


def seen(home: Path) -> tuple[int, ...]:
    """Clients, sessions and pages of the current generation."""
    file = generations.current_file(home)
    assert file is not None
    with duckdb.connect(str(file), read_only=True) as con:
        row = con.execute(
            "SELECT (SELECT count(*) FROM dim_customer WHERE customer_key > 0), count(*), sum(pages_viewed)::BIGINT "
            "FROM fact_engagement"
        ).fetchone()
    assert row is not None
    return tuple(row)


def contents(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the star, but for when it was loaded and under which name."""
    file = generations.current_file(home)
    assert file is not None
    with duckdb.connect(str(file), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
        ]
        left_out = {"generation": ("generation_id", "created_at"), "load_source": ("loaded_at",)}
        return {
            name: sorted(
                con.execute(f"SELECT {_columns(left_out.get(name, ()))} FROM main.{name}").fetchall(), key=repr
            )
            for name in sorted(names)
        }


def _columns(left_out: tuple[str, ...]) -> str:
    return f"* EXCLUDE ({', '.join(left_out)})" if left_out else "*"


def nothing_is_left(home: Path) -> bool:
    """Whether no half-made file is there and the lock is free."""
    with import_lock(home / "warehouse"):
        return not [path.name for path in (home / "warehouse").iterdir() if path.name.startswith(SCRATCH)]


def start(home: Path, folder: Path, prepare: Prepare | None = None) -> BaseProcess:
    """``dashapp import FOLDER --replace --force``, begun, after ``prepare`` in the same process."""
    has_begun = WARM.Event()
    process = WARM.Process(target=_run, args=(home, folder, has_begun, prepare))
    process.start()
    has_begun.wait()
    return process


def _run(home: Path, folder: Path, has_begun: Any, prepare: Prepare | None) -> None:
    from dashapp.cli import main

    os.environ["DASHAPP_HOME"] = str(home)
    if prepare is not None:
        prepare()
    has_begun.set()
    main(["import", str(folder), "--replace", "--force", "--json"])


def command(home: Path, *words: str, **more: str) -> "subprocess.Popen[str]":
    """The real command, begun."""
    environment = {**os.environ, "DASHAPP_HOME": str(home), **more}
    pipe = subprocess.PIPE
    return subprocess.Popen([DASHAPP, *words], env=environment, stdout=pipe, stderr=pipe, text=True)


def until(condition: Callable[[], bool]) -> None:
    """Look again and again."""
    pause = threading.Event()
    while not condition():
        pause.wait(MOMENT)


@contextmanager
def reader(home: Path) -> Iterator[set[tuple[int, ...]]]:
    """Someone who looks at the data all the time; everything they saw."""
    found: set[tuple[int, ...]] = set()
    problems: list[Exception] = []
    finished = threading.Event()

    def look() -> None:
        try:
            while not finished.wait(MOMENT):
                found.add(seen(home))
        except Exception as error:
            problems.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        finished.set()
        thread.join()
    assert problems == []
