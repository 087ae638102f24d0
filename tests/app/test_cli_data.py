"""``dashapp import``, ``demo``, ``check`` and ``rollback``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dashapp.cli import main
from data_layer.appdb import users
from data_layer.appdb.engine import open_database
from data_layer.appdb.tables import load_history
from data_layer.ingest.lock import import_lock

Run = Callable[..., Result]
MARKET = "date,sp500_index,bond_index,inflation_rate,prime_rate,unemployment_rate\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def folder_with(tmp_path: Path, market: str) -> Path:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / "market_data.csv").write_text(MARKET + market)
    return folder


def history(home: Path) -> list[tuple[str, str]]:
    engine = open_database(f"sqlite:///{home}/clientscope.sqlite")
    with engine.connect() as connection:
        rows = [(row.result, row.report["status"]) for row in connection.execute(select(load_history))]
    engine.dispose()
    return rows


def test_import_prints_what_became_of_the_rows_and_keeps_it(run: Run, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n2024-01-02,1,2,3,4,5\n")
    done = run("import", folder)
    assert done.exit_code == 0, done.output
    assert "Read 2 = loaded 2 + rejected 0" in done.output
    as_json = json.loads(run("import", folder, "--json").stdout)
    assert (as_json["read"], as_json["loaded"], as_json["rejected"], as_json["status"]) == (2, 2, 0, "published")
    assert history(tmp_path / "home") == [("published", "published")] * 2


@pytest.mark.parametrize(
    ("market", "words", "status"),
    [
        ("2024-01-01,1,2,3,4,5\nx,1,2,3,4,5\n", [], 6),
        ("01/02/2024,1,2,3,4,5\n", [], 5),
        ("01/02/2024,1,2,3,4,5\n", ["--date-format", "market_data.date=%d/%m/%Y"], 0),
        ("2024-01-01,1,2,3,4,5\n", ["--date-format", "market_data.day=%d"], 2),
        ("2024-01-01,1,2,3,4,5\n", ["--time-zone", "Mars/Base"], 2),
        ("2024-01-01,1,2,3,4,5\nx,1,2,3,4,5\n", ["--max-rejects", "50"], 0),
    ],
)
def test_exit_status_says_what_happened(run: Run, tmp_path: Path, market: str, words: list[str], status: int) -> None:
    done = run("import", folder_with(tmp_path, market), *words)
    assert done.exit_code == status, done.output


def test_other_ends(run: Run, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n")
    assert run("import", tmp_path / "nowhere").exit_code == 3
    (tmp_path / "empty").mkdir()
    nothing = run("import", tmp_path / "empty")
    assert (nothing.exit_code, "customers, products" in nothing.stderr) == (4, True)
    with import_lock(tmp_path / "home" / "warehouse"):
        assert run("import", folder).exit_code == 7
    assert run("check").exit_code == 1
    assert run("rollback").exit_code == 1


def test_a_failed_load_is_in_the_history_too(run: Run, tmp_path: Path) -> None:
    run("import", folder_with(tmp_path, "x,1,2,3,4,5\n"))
    assert history(tmp_path / "home") == [("failed", "failed")]


def test_check_and_rollback(run: Run, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n")
    first = json.loads(run("import", folder, "--json").stdout)["generation_id"]
    second = json.loads(run("import", folder, "--json").stdout)["generation_id"]
    shown = run("check").output
    assert "market_data" in shown
    assert "benchmarks" not in shown
    assert "benchmarks" not in {missing["fills"] for missing in json.loads(run("check", "--json").stdout)["missing"]}
    assert json.loads(run("rollback", "--json").stdout)["generation_id"] == first
    assert run("rollback", "--to", second).exit_code == 0
    assert json.loads(run("check", "--json").stdout)["generation_id"] == second


def test_demo_loads_and_makes_accounts_but_not_over_real_data(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--customers", 60, "--years", 1)
    assert done.exit_code == 0, done.output
    status = json.loads(run("check", "--json").stdout)
    assert (status["is_demo"], status["missing"]) == (True, [])
    engine = open_database(f"sqlite:///{tmp_path}/home/clientscope.sqlite")
    people = {user.login: user for user in users.everyone(engine)}
    engine.dispose()
    assert people["staff"].staff_id
    assert run("import", folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n")).exit_code == 0
    refused = run("demo", "--customers", 60, "--years", 1)
    assert (refused.exit_code, "Real data are loaded here" in refused.stderr) == (1, True)


def test_a_mapping_is_suggested_tried_and_loaded(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "people.csv").write_text("Staff ID,Name\nS1,Ann\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text(run("import", folder, "--suggest").stdout)
    assert 'to = "staff"' in mapping.read_text()
    tried = run("import", folder, "--mapping", mapping, "--dry-run")
    assert (tried.exit_code, "nothing was published" in tried.stdout) == (0, True)
    assert run("check").exit_code == 1
    assert run("import", folder, "--mapping", mapping).exit_code == 0
    mapping.write_text("[[tabel]]\n")
    wrong = run("import", folder, "--mapping", mapping)
    assert (wrong.exit_code, "the key tabel is unknown" in wrong.stderr) == (9, True)
    assert run("import").exit_code == 2
