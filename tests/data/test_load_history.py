"""The load history: what is kept of a load from its first moment on, however it ends, and what it changed."""

import dataclasses
import fcntl
import json
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_layer.access import Role, Viewer
from data_layer.ingest import errors, history
from data_layer.ingest import run as ingest_run
from data_layer.ingest.interruption import STOPPED
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import LoadReport
from data_layer.ingest.rollback import rollback
from data_layer.ingest.totals import TOTALS
from data_layer.loads import Loads
from data_layer.semantics.period import PeriodName
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse import generations
from data_layer.warehouse.engine import Warehouse
from tests.data.importing import command, nothing_is_left, start, tables, until
from tests.data.loading import load, write_tables

SMALL = tables(60)
LARGE = tables(90)


def build_for_ever() -> None:
    ingest_run.build_star = lambda _build: threading.Event().wait()  # type: ignore[assignment]


def the_entry(home: Path) -> LoadReport:
    """The newest entry of the history."""
    report = Loads(home).latest()
    assert report is not None
    return report


def test_a_killed_load_runs_until_it_is_killed_and_is_interrupted_from_then_on(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", write_tables(tmp_path / "in", SMALL)
    process = start(home, folder, build_for_ever)
    until(lambda: history.ids(home) != [] and the_entry(home).pid is not None)
    running = the_entry(home)
    assert (running.status, running.pid, running.path) == ("running", process.pid, str(folder))
    assert running.who
    process.kill()
    process.join()
    killed = the_entry(home)
    assert (killed.status, killed.generation_id, bool(killed.finished_at)) == ("interrupted", None, True)
    assert "its process was killed" in str(killed.error)
    after = load(home, SMALL)
    begun = killed.started_at.replace("T", " ").replace("+00:00", " UTC")
    assert f"The import that began at {begun} was interrupted; nothing of it was published." in after.warnings
    written = json.loads((history.folder_of(home, killed.load_id) / "report.json").read_text())
    assert written["status"] == "interrupted"
    assert load(home, SMALL).warnings == []


def test_a_running_load_tells_how_far_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home, write_tables(tmp_path / "in", SMALL), build_for_ever)
    until(lambda: history.ids(home) != [] and history.progress(home, history.ids(home)[0]) is not None)
    far = Loads(home).far(the_entry(home))
    process.kill()
    process.join()
    assert far is not None
    assert far.what.startswith(("Read", "Building"))
    assert far.total > 0
    assert load(home, SMALL).status == "published"
    assert history.progress(home, history.ids(home)[0]) is None


def fake(home: Path, load_id: str, pid: int, status: str = "running") -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    history.write(home, LoadReport(load_id, "in", started, status=status, pid=pid))


def test_a_process_number_that_was_given_out_anew_is_not_the_load(tmp_path: Path) -> None:
    """The lock says whether anybody imports, its order which entry that is."""
    fake(tmp_path, "20260101T000000Z-1", os.getpid())
    with import_lock(generations.folder_of(tmp_path)):
        assert the_entry(tmp_path).status == "running"
        fake(tmp_path, "20260101T000000Z-2", os.getpid())
        assert [one.status for one in Loads(tmp_path).reports(history.ids(tmp_path))] == ["running", "interrupted"]
        fake(tmp_path, "20260101T000000Z-10", os.getpid() + 1)
        assert the_entry(tmp_path).status == "interrupted"
    assert history.ids(tmp_path)[0] == "20260101T000000Z-10"
    assert {one.status for one in Loads(tmp_path).reports(history.ids(tmp_path))} == {"interrupted"}


def test_what_was_killed_right_after_publishing_was_published(tmp_path: Path) -> None:
    report = load(tmp_path, SMALL)
    fake(tmp_path, report.load_id, 1)
    assert (the_entry(tmp_path).status, the_entry(tmp_path).generation_id) == ("published", report.load_id)


def die_before_the_data_are_shown() -> None:
    generations.point_to = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]


@pytest.mark.parametrize("is_noted", [False, True])
def test_data_that_were_never_shown_are_nothing_to_go_back_to(tmp_path: Path, is_noted: bool) -> None:
    home = tmp_path / "home"
    first = load(home, SMALL).load_id
    process = start(home, write_tables(tmp_path / "in", LARGE), die_before_the_data_are_shown)
    process.join()
    killed = the_entry(home)
    assert (process.exitcode, killed.status) == (-signal.SIGKILL, "interrupted")
    if is_noted:  # by a release that left the data
        history.write(home, killed)
    second = load(home, LARGE).load_id
    assert [one.generation_id for one in generations.published(home)] == [first, second]
    assert rollback(home).generation_id == first


def test_somebody_who_looks_whether_an_import_runs_does_not_keep_one_from_beginning(tmp_path: Path) -> None:
    folder = generations.folder_of(tmp_path)
    with import_lock(folder):
        pass
    looking = (folder / ".import.lock").open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.03, looking.close).start()
    with import_lock(folder):
        assert looking.closed


def test_totals_are_those_of_the_pages_before_and_after(tmp_path: Path) -> None:
    first = load(tmp_path, SMALL, who="ann")
    assert (first.who, the_entry(tmp_path).who) == ("ann", "ann")
    assert {row["before"] for row in first.totals} == {None}
    expected = {}
    for place in ("before", "after"):
        if place == "after":
            second = load(tmp_path, LARGE, replace=True)
        data = Warehouse(tmp_path).current()
        shown = run(Query(TOTALS), Selection(PeriodName.ALL), Viewer("x", Role.EXECUTIVE), data)
        expected[place] = {name: shown.value(name) for name in TOTALS}
        data.engine.dispose()
    for row in second.totals:
        assert (row["before"], row["after"]) == (expected["before"][row["metric"]], expected["after"][row["metric"]])
    assert {row["metric"]: (row["before"], row["after"]) for row in second.totals}["sessions"] == (60.0, 90.0)
    rows = {row["source"]: (row["before"], row["after"]) for row in second.tables}
    assert rows == {"customers": (12, 18), "engagement": (60, 90)}
    assert the_entry(tmp_path).totals == second.totals


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, SMALL)
    tried = load(tmp_path, LARGE, replace=True, dry_run=True)
    assert (tried.status, tried.generation_id) == ("dry run", None)
    assert {row["metric"]: row["after"] for row in tried.totals}["sessions"] == 90.0
    assert nothing_is_left(tmp_path)


def test_checks_are_kept_with_their_outcomes(tmp_path: Path) -> None:
    first = load(tmp_path, LARGE)
    assert [one["outcome"] for one in first.checks] == ["passed", "passed", "not run", "not run", "not run"]
    again = load(tmp_path, LARGE)
    assert {one["outcome"] for one in again.checks} == {"passed"}
    with pytest.raises(errors.CheckFailed) as stopped:
        load(tmp_path, tables(20), replace=True)
    report = stopped.value.report
    assert report is not None
    failed = [one for one in report.checks if one["outcome"] == "failed"]
    assert [one["name"] for one in failed] == ["No table lost more than half of its rows"]
    assert "Digital sessions: 20, before 90." in failed[0]["words"]
    assert {row["metric"]: (row["before"], row["after"]) for row in report.totals}["sessions"] == (90.0, 20.0)
    forced = load(tmp_path, tables(20), replace=True, force=True)
    assert "overridden" in {one["outcome"] for one in forced.checks}
    assert failed[0]["words"] in " ".join(forced.warnings)


def test_too_many_rejects_are_a_failed_check(tmp_path: Path) -> None:
    with pytest.raises(errors.TooManyRejects) as stopped:
        load(tmp_path, {"customers": [{"customer_id": "C1"}, {"customer_id": "C2", "enrollment_date": "soon"}]})
    assert stopped.value.report is not None
    assert [one["outcome"] for one in stopped.value.report.checks] == ["passed", "failed"]
    assert the_entry(tmp_path).status == "failed"


def test_a_report_of_another_release_can_be_read(tmp_path: Path) -> None:
    report = load(tmp_path, SMALL)
    file = history.folder_of(tmp_path, report.load_id) / "report.json"
    given = json.loads(file.read_text())
    for name in ("who", "pid", "checks", "totals"):
        del given[name]
    given["sources"][0]["of_tomorrow"] = given["of_tomorrow"] = 1
    file.write_text(json.dumps(given))
    read = the_entry(tmp_path)
    assert (read.read, read.who, read.totals) == (report.read, "", [])
    assert dataclasses.asdict(read)["sources"] == dataclasses.asdict(report)["sources"]
    file.write_text("[]")
    assert Loads(tmp_path).latest() is None


def test_a_way_back_that_was_decided_on_other_data_is_not_taken(tmp_path: Path) -> None:
    first, second = load(tmp_path, SMALL).load_id, load(tmp_path, LARGE).load_id
    load(tmp_path, LARGE)
    with pytest.raises(errors.DataChanged, match="Other data were published meanwhile"):
        rollback(tmp_path, first, seen=second)
    assert rollback(tmp_path, second).generation_id == second
    assert rollback(tmp_path, first, seen=second).generation_id == first


# In the program's own process: it gets the signal at the moment when it begins to load what it does.
EARLY = """
import os, signal, sys
def hear(event, args):
    if event == "import" and args[0] == "dashapp.cli.data":
        os.kill(os.getpid(), {number})
sys.addaudithook(hear)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_the_program_is_loaded_says_the_same_line(tmp_path: Path, number: int) -> None:
    (tmp_path / "sitecustomize.py").write_text(EARLY.format(number=int(number)))
    folder = write_tables(tmp_path / "in", SMALL)
    process = command(tmp_path / "home", "import", str(folder), PYTHONPATH=str(tmp_path))
    told, words = process.communicate()
    assert (process.returncode, told, words.splitlines()) == (-number, "", [STOPPED])
    assert not (tmp_path / "home").exists()
    other = command(tmp_path / "home", "check", PYTHONPATH=str(tmp_path))
    assert STOPPED not in other.communicate()[1]


def opened(pipe: Path, writer: list[int]) -> bool:
    """Open a pipe to write to, which succeeds once somebody reads from it."""
    try:
        writer.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_a_stop_while_the_mapping_is_read_says_the_same_line(tmp_path: Path) -> None:
    mapping = tmp_path / "slow.toml"
    os.mkfifo(mapping)
    home = tmp_path / "home"
    process = command(home, "import", str(write_tables(tmp_path / "in", SMALL)), "--mapping", str(mapping))
    writer: list[int] = []
    until(lambda: opened(mapping, writer))
    process.send_signal(signal.SIGINT)
    _, words = process.communicate()
    os.close(writer[0])
    assert (process.returncode, words.splitlines()) == (-signal.SIGINT, [STOPPED])
    assert not (home / "loads").exists()
