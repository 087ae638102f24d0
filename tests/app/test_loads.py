"""The page *Data*: for administrators alone; the history, one load, its rejects, and the way back."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from dashapp.cli import main
from data_layer.access import Role
from data_layer.appdb import audit
from data_layer.appdb import loads as kept
from data_layer.appdb.tables import load_history
from data_layer.ingest import history
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import
from data_layer.loads import Loads
from data_layer.semantics.formats import neutral
from data_layer.warehouse import generations
from layouts.loads import PAGE_LOADS
from layouts.registry import BY_NAME
from tests.app.conftest import PAGE
from tests.app.loaded import World, make_world
from tests.app.test_cli_data import MARKET

DATA = BY_NAME["loads"]
BODY = "body-loads.children"
OTHERS = [role for role in Role if role not in DATA.roles]
BAD = "=1+1,1,2,3,4,5\n" + "".join(f"day {number},1,2,3,4,5\n" for number in range(1200))


def load_market(home: Path, folder: Path, rows: str) -> LoadReport:
    folder.mkdir(exist_ok=True)
    (folder / "market_data.csv").write_text(MARKET + rows)
    return run_import(folder, home, ImportOptions(max_rejects=100, who="ann"))


@pytest.fixture(scope="module")
def two_loads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with two loads, the second with rejects; to be copied."""
    home = tmp_path_factory.mktemp("loads")
    load_market(home, home / "in", "2026-11-19,1,2,3,4,5\n")
    load_market(home, home / "in", "2026-11-20,1,2,3,4,5\n" + BAD)
    return home


@pytest.fixture
def loaded(two_loads: Path, tmp_path: Path) -> Iterator[World]:
    """A site with these two loads."""
    shutil.copytree(two_loads, tmp_path, dirs_exist_ok=True, symlinks=True)
    world = make_world(tmp_path)
    yield world
    world.services.appdb.dispose()


def shown(world: World, search: str = "") -> str:
    """What the page shows, as the JSON that the browser gets."""
    answer = world.call(world.client(Role.ADMIN), BODY, here_loads=search)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return json.dumps(answer.json["response"], ensure_ascii=False)


def newest(world: World) -> str:
    return world.services.desk.loads.ids()[0]


@pytest.mark.parametrize("role", OTHERS, ids=lambda role: role.value)
def test_nobody_else_gets_anything_of_it(loaded: World, role: Role) -> None:
    client, before = loaded.client(role), audit.latest(loaded.services.appdb, 1, "export")
    assert client.get(DATA.path, headers=PAGE).status_code == 403
    assert loaded.call(client, BODY, here_loads="").status_code == 403
    assert client.get(f"{DATA.path}/{newest(loaded)}/rejects.csv").status_code == 403
    assert client.post(f"{DATA.path}/rollback", json={"to": newest(loaded), "seen": newest(loaded)}).status_code == 403
    assert audit.latest(loaded.services.appdb, 1, "export") == before


def test_without_a_session_there_is_nothing(loaded: World) -> None:
    nobody = loaded.site.browser()
    assert loaded.call(nobody, BODY).status_code == 401
    assert nobody.get(f"{DATA.path}/{newest(loaded)}/rejects.csv").status_code == 401
    assert nobody.post(f"{DATA.path}/rollback", json={}).status_code == 401


def test_the_rejects_come_as_they_are_but_for_formulas_and_are_noted(loaded: World) -> None:
    address = f"{DATA.path}/{newest(loaded)}/rejects.csv"
    answer = loaded.client(Role.ADMIN).get(address)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "text/csv", "no-store")
    got = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    file = loaded.services.desk.loads.rejects(newest(loaded))
    assert file is not None
    kept = list(csv.reader(io.StringIO(file.read_text())))
    assert len(got) == 1202
    assert got == [[neutral(cell) for cell in row] for row in kept]
    assert got[1][-1].startswith("'=1+1")
    line = audit.latest(loaded.services.appdb, 1)[0]
    assert (line.login, line.action) == ("admin", "export")
    assert line.detail == {"page": "loads", "load": newest(loaded), "kind": "rejects"}


def test_rejected_rows_are_deleted_after_so_many_days_and_their_counts_stay(
    loaded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file, what the report tells of it, and its copy in the database; a load that is younger keeps everything."""
    home, loads = loaded.services.settings.home, loaded.services.desk.loads
    old = loads.ids()[0]
    loads.copy_finished()
    age(home, loads, old, days=91)
    killed = killed_load(home, days=91)
    young = load_market(home, home / "in", "2026-11-21,1,2,3,4,5\nsecret,1,2,3,4,5\n")
    monkeypatch.setenv("DASHAPP_HOME", str(home))
    monkeypatch.setenv("REJECTS_DAYS", "92")
    import_market(home)
    assert loads.rejects(old) is not None
    monkeypatch.setenv("REJECTS_DAYS", "90")
    import_market(home)
    assert loads.rejects(old) is None
    assert loads.rejects(killed) is None
    assert "day 1," not in "".join(path.read_text() for path in history.folder_of(home, old).iterdir())
    assert [copy["first_rejects"] for copy in kept.reports(loaded.services.appdb, [old])] == [[]]
    report = loads.get(old)
    assert report is not None
    assert (report.rejected, report.read) == (1201, 1202)
    assert "They are no longer kept." in shown(loaded, f"load={old}")
    assert loads.rejects(young.load_id) is not None
    assert "secret" in str(kept.reports(loaded.services.appdb, [young.load_id]))


def import_market(home: Path) -> None:
    """An import at the terminal, of one good row."""
    (home / "in" / "market_data.csv").write_text(MARKET + "2026-11-22,1,2,3,4,5\n")
    result = CliRunner().invoke(main, ["import", str(home / "in")])
    assert result.exit_code == 0, result.output


def age(home: Path, loads: Loads, load_id: str, days: int) -> None:
    """Let a load have ended so many days ago."""
    report = loads.get(load_id)
    assert report is not None
    assert report.first_rejects
    ended = datetime.now(UTC) - timedelta(days=days)
    report.finished_at = ended.isoformat(timespec="seconds")
    history.write(home, report)
    assert loads.engine is not None
    with loads.engine.begin() as connection:
        connection.execute(
            update(load_history)
            .where(load_history.c.report["load_id"].as_string() == load_id)
            .values(finished_at=ended)
        )


def killed_load(home: Path, days: int) -> str:
    """A load that was killed so many days ago, which had no time to tell of its rejects."""
    ended = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    report = LoadReport("20260101T000000Z-1", "in", ended, "interrupted", finished_at=ended)
    history.write(home, report)
    (history.folder_of(home, report.load_id) / history.REJECTS).write_text("source,file\n")
    return report.load_id


@pytest.mark.parametrize("load_id", ["x", "20200101T000000Z-1", "..", "%2e%2e", "20200101T000000Z-1%2f.."])
def test_rejects_of_nothing_are_not_found(loaded: World, load_id: str) -> None:
    assert loaded.client(Role.ADMIN).get(f"{DATA.path}/{load_id}/rejects.csv").status_code == 404


def test_the_list_and_one_load(loaded: World) -> None:
    page = shown(loaded)
    for words in ("Published", "ann", "1,202", "1,201", "market_data", "Shown now", "Return to this", "Fresh"):
        assert words in page, words
    one = shown(loaded, f"?load={newest(loaded)}")
    told = (
        "is not a date",
        "Rejected rows: 1,201",
        "CSV of all rejected rows",
        "Checks before publishing",
        "Shown now, as of",
    )
    for words in told:
        assert words in one, words
    assert "There is no load of this number" in shown(loaded, "?load=../../etc/passwd")
    assert "There is no load of this number" in shown(loaded, "?load=20200101T000000Z-1")


def test_nothing_is_loaded_yet(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    page = shown(world)
    assert "Nothing has been loaded yet" in page
    assert "No data has been loaded yet." in page
    world.services.appdb.dispose()


def test_many_loads_are_shown_page_by_page(loaded: World) -> None:
    home = loaded.services.settings.home
    for number in range(1, 201):
        began = f"2026-01-01T00:{number // 60:02}:{number % 60:02}+00:00"
        report = LoadReport(f"20260101T000000Z-{number}", "in", began, status="failed", error="x " * 4000)
        history.write(home, report)
    assert f"1 – {PAGE_LOADS} of 202" in shown(loaded)
    assert "201 – 202 of 202" in shown(loaded, "?page=9")
    for odd in ("0", "99", "-1", "x", "9" * 30, "²"):
        assert "of 202" in shown(loaded, f"?page={odd}")
    assert "x x x" in shown(loaded, "?load=20260101T000000Z-7")


def test_a_running_load_shows_how_far_it_is(loaded: World) -> None:
    home = loaded.services.settings.home
    with import_lock(generations.folder_of(home)):
        began = "2027-01-01T00:00:00+00:00"
        diary = history.Diary(home, LoadReport("20270101T000000Z-1", "in", began, who="ann"), clock=lambda: 7.0)
        diary.begin()
        diary.step("Reading big.csv", 50, 200)
        page = shown(loaded)
        assert "An import is running" in page
        assert "Reading big.csv (25% of this step)" in page
    assert "An import is running" not in shown(loaded)
    assert "Interrupted" in shown(loaded)


def test_an_administrator_goes_back_and_it_is_noted(loaded: World) -> None:
    client, (second, first) = loaded.client(Role.ADMIN), loaded.services.desk.loads.ids()
    stale = client.post(f"{DATA.path}/rollback", json={"to": second, "seen": first})
    assert "Other data were published meanwhile" in stale.json["problem"]
    with import_lock(generations.folder_of(loaded.services.settings.home)):
        busy = client.post(f"{DATA.path}/rollback", json={"to": first, "seen": second})
    assert "Another import is running" in busy.json["problem"]
    assert client.post(f"{DATA.path}/rollback", json={"to": first, "seen": second}).json == {"id": first}
    assert first in loaded.services.desk.warehouse.current().id
    line = audit.latest(loaded.services.appdb, 1)[0]
    assert (line.login, line.action, line.detail) == ("admin", "rollback", {"from": second, "to": first})
    assert "Kept; the site can return to them" in shown(loaded, f"?load={second}")
    for wrong in ({}, {"to": "x", "seen": first}, {"to": 3, "seen": first}):
        assert "problem" in client.post(f"{DATA.path}/rollback", json=wrong).json


def test_open_pages_of_administrators_hear_of_a_load(loaded: World) -> None:
    before = loaded.client(Role.ADMIN).get("/generation").json
    others = loaded.client(Role.EXECUTIVE).get("/generation").json
    history.write(loaded.services.settings.home, LoadReport("20270101T000000Z-1", "in", "2027-01-01T00:00:00+00:00"))
    assert loaded.client(Role.ADMIN).get("/generation").json != before
    assert loaded.client(Role.EXECUTIVE).get("/generation").json == others


def test_the_terminal_reads_the_same_history(loaded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHAPP_HOME", str(loaded.services.settings.home))

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["loads", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    second, first = loaded.services.desk.loads.ids()
    assert [one["load_id"] for one in json.loads(run("--json"))] == [second, first]
    assert json.loads(run(second, "--json"))["rejected"] == 1201
    assert first in run()
    assert "Every row that was read was loaded or rejected" in run(second)
    assert CliRunner().invoke(main, ["loads", "x"]).exit_code == 1


def test_another_machine_of_the_site_finds_the_loads_in_the_database(loaded: World, tmp_path: Path) -> None:
    here = loaded.services.desk.loads
    here.copy_finished()
    here.copy_finished()
    elsewhere = type(here)(tmp_path / "elsewhere", loaded.services.appdb)
    assert elsewhere.ids() == here.ids()
    assert [one.as_dict() for one in elsewhere.reports(elsewhere.ids())] == [
        one.as_dict() for one in here.reports(here.ids())
    ]
    assert elsewhere.rejects(elsewhere.ids()[0]) is None
