"""Backups and restorations that are ended half-way: killed, or out of room."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url

from data_layer.access import Role
from data_layer.appdb import users
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate
from data_layer.appdb.users import NewUser
from data_layer.backup import HalfRestored, NotEmpty, archive, make, make_backup, restore_backup
from data_layer.warehouse import generations
from tests.data.backups import NOW, PASSWORD, count, data, fill, kept
from tests.data.importing import WARM


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The application database of a site, with something in every table."""
    engine = open_database(f"sqlite:///{tmp_path}/app.sqlite")
    migrate(engine)
    fill(engine)
    yield engine
    engine.dispose()


def add_late(engine: Engine) -> None:
    """A user who comes after the backup."""
    users.add(engine, NewUser("late", "Late", Role.ADMIN, PASSWORD, None, None, None, None), NOW)


def in_postgres(url: str) -> int:
    """How many clients a warehouse in PostgreSQL shows."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as server:
        row = server.execute("SELECT count(*) FROM clientscope.dim_customer WHERE customer_key <> 0").fetchone()
    assert row is not None
    return int(row[0])


def full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("is_postgres", [False, True])
@pytest.mark.parametrize("is_there", [False, True], ids=["new data", "data that are kept"])
def test_where_the_rows_cannot_be_kept_users_and_data_stay_what_they_were(
    tmp_path: Path, postgres_url: str, engine: Engine, is_postgres: bool, is_there: bool
) -> None:
    home, file, url = tmp_path / "b", tmp_path / "all.tar", postgres_url if is_postgres else None
    saved = kept(engine)
    first = data(home if is_there else tmp_path / "a", 2)
    make_backup(home if is_there else tmp_path / "a", engine, file)
    add_late(engine)
    second, before = data(home, 5, warehouse_url=url), kept(engine)
    event.listen(engine, "commit", full)
    with pytest.raises(OSError, match="No space left"):
        restore_backup(home, engine, file, url, replace=True)
    event.remove(engine, "commit", full)
    assert (kept(engine), count(home)) == (before, 5)
    assert url is None or in_postgres(url) == 5
    assert [one.generation_id for one in generations.published(home)] == [first] * is_there + [second]
    restore_backup(home, engine, file, url, replace=True)
    assert (kept(engine), count(home)) == (saved, 2)
    assert url is None or in_postgres(url) == 2


def test_what_fails_between_the_rows_and_the_data_is_told_and_mended_by_a_second_try(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file, saved = tmp_path / "b", tmp_path / "all.tar", kept(engine)
    data(tmp_path / "a", 2)
    make_backup(tmp_path / "a", engine, file)
    add_late(engine)
    data(home, 5)
    with monkeypatch.context() as patched:
        patched.setattr(generations, "point_to", full)
        with pytest.raises(HalfRestored, match=r"maybe not the data .*: No space left on device\. Restore the same"):
            restore_backup(home, engine, file, replace=True)
    assert (kept(engine), count(home)) == (saved, 5)
    restore_backup(home, engine, file, replace=True)
    assert (kept(engine), count(home)) == (saved, 2)


def restore_until_killed(home: Path, address: str, file: Path) -> None:
    generations.point_to = die
    restore_backup(home, open_database(address), file, replace=True)


def test_killed_between_the_rows_and_the_data_it_is_mended_by_a_second_try(tmp_path: Path, engine: Engine) -> None:
    home, file, saved = tmp_path / "b", tmp_path / "all.tar", kept(engine)
    data(tmp_path / "a", 2)
    make_backup(tmp_path / "a", engine, file)
    add_late(engine)
    data(home, 5)
    process = WARM.Process(target=restore_until_killed, args=(home, str(engine.url), file))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert (kept(engine), count(home)) == (saved, 5)
    restore_backup(home, engine, file, replace=True)
    assert (kept(engine), count(home)) == (saved, 2)
    assert [path.name for path in (home / "warehouse").iterdir() if path.name.startswith(generations.SPILL)] == []


def back_up_until_killed(home: Path, address: str, file: Path, after: str) -> None:
    step = getattr(make, after)

    def last(*arguments: Any) -> None:
        step(*arguments)
        die()

    setattr(make, after, last)
    make_backup(home, open_database(address), file)


@pytest.mark.parametrize("after", ["write_rows", "_add_loads"])
def test_what_a_killed_backup_leaves_the_next_one_deletes_but_not_what_is_being_written(
    tmp_path: Path, engine: Engine, after: str
) -> None:
    home, file = tmp_path / "a", tmp_path / "out" / "all.tar"
    file.parent.mkdir()
    process = WARM.Process(target=back_up_until_killed, args=(home, str(engine.url), file, after))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    other = archive.Writer(file.with_name("other.tar"))
    make_backup(home, engine, file)
    assert len(list(file.parent.iterdir())) == 2
    other.finish(archive.Manifest("", "", None, {}, {}))
    assert sorted(path.name for path in file.parent.iterdir()) == ["all.tar", "other.tar"]


def test_a_backup_that_begins_while_another_gets_its_name_does_not_delete_it(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def link_late(draft: Path, file: Path) -> None:
        archive.Writer(tmp_path / "other.tar").close()
        link(draft, file)

    monkeypatch.setattr(os, "link", link_late)
    make_backup(tmp_path / "a", engine, tmp_path / "all.tar")
    assert (tmp_path / "all.tar").exists()


def test_other_data_of_the_same_name_are_not_taken_for_those_of_the_backup(tmp_path: Path, engine: Engine) -> None:
    """Names are made of the second in which data were loaded."""
    file, home = tmp_path / "all.tar", tmp_path / "b"
    name = data(tmp_path / "a", 2)
    make_backup(tmp_path / "a", engine, file)
    data(home, 5)
    own = generations.current_file(home)
    assert own is not None
    namesake = own.rename(own.with_name(f"generation-{name}.duckdb"))
    generations.point_to(home, namesake)
    before = kept(engine)
    with pytest.raises(NotEmpty, match="in the same second"):
        restore_backup(home, engine, file, replace=True)
    assert (kept(engine), count(home)) == (before, 5)
