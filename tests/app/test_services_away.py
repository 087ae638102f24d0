"""The warehouse and the cache taken away from a running site, stopped or silent, and given back."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import redis

from callbacks.payload import Desk
from callbacks.tiles import Work, page_frame, page_payload
from data_layer.access import Role, Viewer
from data_layer.semantics.cache import Cache, open_store
from data_layer.warehouse import engine
from data_layer.warehouse.engine import Warehouse
from data_layer.warehouse.publish import publish_to_postgres
from layouts.registry import BY_NAME
from tests.app.loaded import World
from tests.postgres import PostgresServer

PAGE = BY_NAME["executive"]
NAMES = [tile.name for tile in PAGE.tiles]
VIEWER = Viewer("ada", Role.ADMIN)
KNOWN, UNASKED = "?period=30d", "?period=7d"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def desk(world: World, server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The site's desk over a warehouse in PostgreSQL, quick to try again."""
    monkeypatch.setattr(engine, "AWAY_SECONDS", 0.2)
    monkeypatch.setattr("data_layer.postgres.ANSWER_SECONDS", 0.5)
    home = world.services.settings.home
    publish_to_postgres(home / "warehouse" / (home / "warehouse" / "current").read_text().strip(), server.url())
    warehouse = Warehouse(home, server.url())
    yield replace(world.services.desk, warehouse=warehouse, cache=Cache(open_store(None, tmp_path)))
    warehouse.close()


def states(desk: Desk, search: str) -> set[str]:
    """The states of the page's tiles, and the messages of those that have none."""
    with ThreadPoolExecutor(4) as pool:
        answer = page_payload(desk, PAGE, search, VIEWER, Work(pool), NAMES, 60)
    tiles = [json.loads(text) for text in answer["tiles"].values()]
    assert len(tiles) == len(NAMES)
    return {tile["message"] if tile["state"] == "error" else tile["state"] for tile in tiles}


def is_away(desk: Desk) -> bool:
    return bool(page_frame(desk, PAGE, KNOWN, VIEWER, desk.data(VIEWER))["stamp"]["away"])


def processes(server: PostgresServer) -> list[psutil.Process]:
    """The server's processes, its connections' among them."""
    main = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    return [main, *main.children(recursive=True)]


def until(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


GONE = "The data cannot be reached at the moment."


def test_a_stopped_warehouse_leaves_the_last_figures_and_comes_back(desk: Desk, server: PostgresServer) -> None:
    assert states(desk, KNOWN) <= {"ok", "empty", "missing"}
    assert not is_away(desk)
    server.halt()
    assert states(desk, KNOWN) <= {"ok", "empty", "missing"}
    until(lambda: is_away(desk))
    assert GONE in states(desk, UNASKED)
    server.go_on()
    until(lambda: not is_away(desk))
    assert states(desk, UNASKED) <= {"ok", "empty", "missing"}


def test_a_silent_warehouse_does_too(desk: Desk, server: PostgresServer) -> None:
    assert states(desk, KNOWN) <= {"ok", "empty", "missing"}
    frozen = processes(server)
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    try:
        assert states(desk, KNOWN) <= {"ok", "empty", "missing"}
        until(lambda: is_away(desk))
        assert GONE in states(desk, UNASKED)
    finally:
        for process in frozen:
            process.send_signal(signal.SIGCONT)
    until(lambda: not is_away(desk))
    assert states(desk, UNASKED) <= {"ok", "empty", "missing"}


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    socket = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until(socket.exists)
    yield f"unix://{socket}", process
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(10)


def test_a_silent_or_stopped_cache_slows_down_and_nothing_else(
    world: World, redis_server: tuple[str, subprocess.Popen[bytes]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, process = redis_server
    desk = replace(world.services.desk, cache=Cache(open_store(url, tmp_path)))
    good = states(desk, KNOWN)
    assert redis.Redis.from_url(url).dbsize() >= len(NAMES)
    os.kill(process.pid, signal.SIGSTOP)
    fresh = replace(desk, cache=Cache(open_store(url, tmp_path)))
    assert states(fresh, UNASKED) <= {"ok", "empty", "missing"}
    assert [record.levelname for record in caplog.records].count("WARNING") <= 4
    os.kill(process.pid, signal.SIGCONT)
    again = replace(desk, cache=Cache(open_store(url, tmp_path)))
    assert states(again, KNOWN) == good
