"""An update of the program: data that another release built are not shown, and come up to it without being read again."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from dashapp.cli import main
from data_layer.ingest.run import run_rebuild
from data_layer.ingest.totals import EVERYTHING, IMPORTER
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.warehouse import generations
from data_layer.warehouse.engine import NoData, OutdatedData, Warehouse, is_of_this_release
from tests.data.importing import contents, seen, tables, whole
from tests.data.loading import load

AGE = {
    "before there was a mark": "ALTER TABLE main.generation DROP COLUMN shape",
    "with another mark": "UPDATE main.generation SET shape = 'another'",
}


def change(home: Path, statement: str) -> None:
    """Make the current file one of another release."""
    file = generations.current_file(home)
    assert file is not None
    with duckdb.connect(str(file)) as con:
        con.execute(statement)


@pytest.mark.parametrize("age", AGE)
def test_data_of_another_release_are_not_shown_and_can_be_rebuilt(
    age: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, tables(50))
    assert is_of_this_release(tmp_path)
    change(tmp_path, AGE[age])
    assert not is_of_this_release(tmp_path)
    with pytest.raises(OutdatedData, match="dashapp rebuild"):
        Warehouse(tmp_path).current()
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    asked = CliRunner().invoke(main, ["metric", "sessions"])
    assert (asked.exit_code, "dashapp rebuild" in asked.output) == (1, True)
    done = CliRunner().invoke(main, ["rebuild"])
    assert (done.exit_code, "Published generation" in done.output) == (0, True), done.output
    assert seen(tmp_path) == whole(50)
    with closing(Warehouse(tmp_path)) as warehouse:
        assert run(Query(("sessions",)), EVERYTHING, IMPORTER, warehouse.current()).value("sessions") == 50


def test_a_rebuild_gives_the_same_data(tmp_path: Path) -> None:
    load(tmp_path, tables(50))
    before = contents(tmp_path)
    report = run_rebuild(tmp_path)
    assert (report.read, report.status) == (0, "published")
    assert contents(tmp_path) == before
    assert len(generations.published(tmp_path)) == 2


@pytest.mark.parametrize("table", ["fact_stage_change", "fact_balance"])
def test_a_table_that_the_other_release_had_not_is_compared_with_nothing(tmp_path: Path, table: str) -> None:
    load(tmp_path, tables(50))
    change(tmp_path, f"DROP TABLE main.{table}; DROP TABLE IF EXISTS main.{table}_by_day")
    report = run_rebuild(tmp_path)
    assert (report.status, {one["outcome"] for one in report.checks}) == ("published", {"passed"})
    assert seen(tmp_path) == whole(50)


def test_there_is_nothing_to_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    done = CliRunner().invoke(main, ["rebuild"])
    assert (done.exit_code, "loaded yet" in done.output) == (1, True)
    with pytest.raises(NoData, match="dashapp import FOLDER"):
        Warehouse(tmp_path).current()
