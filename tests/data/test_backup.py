"""A backup and what is restored of it, on both engines, and files that are none."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data_layer.access import Role
from data_layer.appdb import audit, segments, users
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import current_version, migrate
from data_layer.appdb.tables import ended_sessions, login_attempts
from data_layer.appdb.tables import users as users_table
from data_layer.appdb.users import NewUser
from data_layer.backup import BadBackup, NotEmpty, archive, make_backup, restore_backup
from data_layer.backup.rows import TABLES
from data_layer.ingest import history
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import LoadReport
from data_layer.warehouse import generations
from data_layer.warehouse.engine import Warehouse
from data_layer.warehouse.publish import PublishFailed
from tests.data.backups import NOW, PASSWORD, RULE, count, data, fill, kept
from tests.postgres import PostgresServer

SQLITE, POSTGRES = "sqlite", "postgresql"


@pytest.fixture
def database(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Callable[[str, str], Engine]]:
    """Opens an empty application database on an engine."""
    made, created = [], []

    def new(kind: str, name: str) -> Engine:
        address = f"sqlite:///{tmp_path}/{name}.sqlite"
        if kind == POSTGRES:
            created.append(f"backup_{name}")
            address = postgres_server.create_database(created[-1])
        engine = open_database(address)
        migrate(engine)
        made.append(engine)
        return engine

    yield new
    for engine in made:
        engine.dispose()
    for one in created:
        postgres_server.drop_database(one)


@pytest.mark.parametrize(
    ("here", "there"), [(SQLITE, SQLITE), (SQLITE, POSTGRES), (POSTGRES, SQLITE), (POSTGRES, POSTGRES)]
)
def test_another_site_becomes_what_this_one_was(
    here: str, there: str, tmp_path: Path, database: Callable[[str, str], Engine]
) -> None:
    old, new = database(here, "old"), database(there, "new")
    fill(old)
    generation = data(tmp_path / "a", 3)
    made = make_backup(tmp_path / "a", old, tmp_path / "all.tar")
    before = kept(old)
    assert all(before[table.name] for table in TABLES if table.name not in ("teams", "load_history"))
    assert made.rows == {name: len(rows) for name, rows in before.items()}
    assert (tmp_path / "all.tar").stat().st_mode & 0o777 == 0o600

    found = restore_backup(tmp_path / "b", new, tmp_path / "all.tar")
    assert found == made
    assert kept(new) == before
    assert generations.published(tmp_path / "b")[-1].generation_id == generation
    assert count(tmp_path / "b") == 3
    report = tmp_path / "b" / "loads" / generation / "report.json"
    assert report.read_bytes() == (tmp_path / "a" / "loads" / generation / "report.json").read_bytes()
    # What comes after it: rows get numbers of their own, and no link leads to another segment than it did.
    assert int(segments.add(new, "ann", "Next", [], RULE, NOW).id) == 3
    users.add(new, NewUser("cleo", "Cleo", Role.MARKETER, PASSWORD, None, None, None, None), NOW)
    audit.record(new, "cleo", "login", at=NOW)


def test_over_a_site_with_users_and_data_only_when_told_so_and_back_again(
    tmp_path: Path, database: Callable[[str, str], Engine]
) -> None:
    home, engine, file = tmp_path / "a", database(SQLITE, "one"), tmp_path / "all.tar"
    fill(engine)
    first = data(home, 2)
    before = kept(engine)
    make_backup(home, engine, file)
    ann = users.get(engine, "ann")
    users.set_role(engine, "ann", Role.MARKETER)
    users.add(engine, NewUser("late", "Late", Role.ADMIN, PASSWORD, None, None, None, None), NOW)
    session = users.get(engine, "late")
    second = data(home, 5)
    with pytest.raises(NotEmpty, match="--replace"):
        restore_backup(home, engine, file)
    assert count(home) == 5
    restore_backup(home, engine, file, replace=True)
    assert kept(engine) == before
    assert (count(home), generations.rollback_target(home, second).generation_id) == (2, second)
    assert [one.is_current for one in generations.published(home)] == [True, False]
    assert first < second
    # Nobody is still logged in, neither by what was known then nor by what came later.
    for one in (ann, session):
        assert users.in_session(engine, one.id, one.session_epoch, "s") is None
    with engine.connect() as connection:
        assert connection.execute(select(users_table.c.session_epoch)).scalars().all()
        assert not connection.execute(select(ended_sessions)).all()
        assert not connection.execute(select(login_attempts)).all()


def test_a_warehouse_in_postgresql_gets_the_data_too(
    tmp_path: Path, postgres_url: str, database: Callable[[str, str], Engine]
) -> None:
    engine, file = database(SQLITE, "one"), tmp_path / "all.tar"
    data(tmp_path / "a", 4)
    make_backup(tmp_path / "a", engine, file)
    restore_backup(tmp_path / "b", engine, file, postgres_url)
    read = Warehouse(tmp_path / "b", postgres_url).current()
    assert read.id == Warehouse(tmp_path / "a").current().id.removeprefix("generation-").removesuffix(".duckdb")
    read.engine.dispose()


def test_where_the_data_cannot_be_shown_users_stay_what_they_were(
    tmp_path: Path, database: Callable[[str, str], Engine]
) -> None:
    engine, file = database(SQLITE, "one"), tmp_path / "all.tar"
    fill(engine)
    data(tmp_path / "a", 1)
    make_backup(tmp_path / "a", engine, file)
    users.add(engine, NewUser("late", "Late", Role.ADMIN, PASSWORD, None, None, None, None), NOW)
    before = kept(engine)
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    with pytest.raises(PublishFailed):
        restore_backup(tmp_path / "b", engine, file, away, replace=True)
    assert kept(engine) == before
    assert generations.current_file(tmp_path / "b") is None
    assert [path.name for path in (tmp_path / "b" / "warehouse").iterdir()] == [".import.lock"]


def test_when_a_killed_load_ended_is_known_after_a_restoration(
    tmp_path: Path, database: Callable[[str, str], Engine]
) -> None:
    engine, file, name = database(SQLITE, "one"), tmp_path / "all.tar", "20261120T100000Z-1"
    begun = datetime(2026, 11, 20, 10, tzinfo=UTC)
    history.write(tmp_path / "a", LoadReport(name, "in", begun.isoformat(), pid=1))
    os.utime(history.folder_of(tmp_path / "a", name) / history.REPORT, (begun.timestamp() + 300,) * 2)
    make_backup(tmp_path / "a", engine, file)
    restore_backup(tmp_path / "b", engine, file)
    here, there = (history.read(tmp_path / home, name) for home in ("a", "b"))
    assert here == there
    assert here is not None
    assert (here.status, here.seconds) == ("interrupted", 300.0)


def test_a_site_without_data_and_one_that_imports(tmp_path: Path, database: Callable[[str, str], Engine]) -> None:
    engine, file = database(SQLITE, "one"), tmp_path / "all.tar"
    fill(engine)
    assert make_backup(tmp_path / "a", engine, file).generation is None
    with (
        import_lock(generations.folder_of(tmp_path / "b")),
        pytest.raises(Exception, match="Another import is running"),
    ):
        restore_backup(tmp_path / "b", database(SQLITE, "two"), file)
    other = database(SQLITE, "three")
    restore_backup(tmp_path / "b", other, file)
    assert kept(other) == kept(engine)
    with pytest.raises(FileExistsError, match="another name"):
        make_backup(tmp_path / "a", engine, file)


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]


def written(file: Path, parts: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file


def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path, database: Callable[[str, str], Engine]) -> None:
    engine, file = database(SQLITE, "one"), tmp_path / "all.tar"
    fill(engine)
    data(tmp_path / "a", 1)
    made = make_backup(tmp_path / "a", engine, file)
    whole, parts = file.read_bytes(), members(file)
    about = json.loads(parts[archive.MANIFEST])
    store = f"warehouse/generation-{made.generation}.duckdb"
    bad = {
        "nothing": b"",
        "text": b"login,name\nann,Ann\n" * 100,
        "half": whole[: len(whole) // 2],
        "without its end": whole[: whole.rindex(b'"format"')],
        "a changed byte": whole.replace(b"ann@example.org", b"eve@example.org"),
    }
    files = [tmp_path / f"{name}.tar" for name in bad]
    for path, content in zip(files, bad.values(), strict=True):
        path.write_bytes(content)

    def told(**more: Any) -> dict[str, bytes]:
        return parts | {archive.MANIFEST: json.dumps(about | more).encode()}

    def rows(*lines: Any) -> dict[str, bytes]:
        text = "\n".join(json.dumps(line) for line in lines).encode()
        sums = about["checksums"] | {archive.APPLICATION: hashlib.sha256(text).hexdigest()}
        return told(checksums=sums) | {archive.APPLICATION: text}

    changed = {
        "a list": parts | {archive.MANIFEST: b"[1]"},
        "a list of checksums": told(checksums=list(about["checksums"])),
        "checksums that are none": told(checksums=dict.fromkeys(about["checksums"], 1)),
        "numbers in words": told(given={"saved_segments": "three"}),
        "a count of nothing": told(rows=None),
        "a version that is a number": told(version=3),
        "a moment that is a number": told(made_at=3),
        "data that it does not list": told(generation="20260101T000000Z-1"),
        "data elsewhere": told(generation="../../x"),
        "a user without anything": rows(["users", {"login": "x"}]),
        "a user twice": rows(*[json.loads(line) for line in parts[archive.APPLICATION].splitlines()[:1] * 2]),
        "a row that is a list": rows(["users", ["x"]]),
        "a number too great": rows(["users", {"id": 10**30}]),
        "a table that is none": rows(["nothing", {"id": 1}]),
        "a text that is a list": rows(["teams", {"id": 1, "name": ["x"]}]),
        "no data in it": {name: content for name, content in parts.items() if name != store},
        "another place": {"../evil": b"x"}
        | told(checksums=about["checksums"] | {"../evil": hashlib.sha256(b"x").hexdigest()}),
        "another form": told(format=2),
        "a newer release": told(version="9999"),
        "no manifest": {name: content for name, content in parts.items() if name != archive.MANIFEST},
    }
    files += [written(tmp_path / f"{name}.tar", content) for name, content in changed.items()]
    other, home = database(SQLITE, "other"), tmp_path / "b"
    for path in files:
        with pytest.raises(BadBackup):
            restore_backup(home, other, path)
        assert not users.is_any(other), path.name
        assert generations.current_file(home) is None
        folder = home / "warehouse"
        assert not folder.exists() or [one.name for one in folder.iterdir()] == [".import.lock"], path.name
    restore_backup(home, other, written(tmp_path / "again.tar", parts))
    assert users.is_any(other)


def test_a_backup_of_an_earlier_release(tmp_path: Path, database: Callable[[str, str], Engine]) -> None:
    """Its tables are brought up to this release as those of any site are."""
    engine, file = database(SQLITE, "one"), tmp_path / "all.tar"
    fill(engine)
    make_backup(tmp_path / "a", engine, file)
    parts = members(file)
    about = json.loads(parts[archive.MANIFEST])
    lines = [line for line in parts[archive.APPLICATION].splitlines(keepends=True) if b'["saved_segments"' not in line]
    parts[archive.APPLICATION] = b"".join(line for line in lines if b'["own_followups"' not in line)
    sums = about["checksums"] | {archive.APPLICATION: hashlib.sha256(parts[archive.APPLICATION]).hexdigest()}
    parts[archive.MANIFEST] = json.dumps(about | {"version": "0001", "checksums": sums, "given": {}}).encode()
    other = database(SQLITE, "other")
    restore_backup(tmp_path / "b", other, written(tmp_path / "old.tar", parts))
    with other.connect() as connection:
        assert current_version(connection) == about["version"]
    expected = kept(engine) | {"saved_segments": [], "own_followups": []}
    assert kept(other) == expected
    assert int(segments.add(other, "ann", "First", [], RULE, NOW).id) == 1
