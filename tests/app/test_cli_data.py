"""``dashapp import``, ``demo``, ``check`` and ``rollback``."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dashapp.cli import main
from data_layer.appdb import audit, users
from data_layer.appdb.engine import open_database
from data_layer.appdb.tables import load_history
from data_layer.ingest import history as history_of_loads
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import LoadReport
from data_layer.warehouse.generations import current_file

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
        ('2024-01-01,"4,125",2,3,4,5\n', [], 5),
        ('2024-01-01,"4,125",2,3,4,5\n', ["--decimal", "."], 0),
        ("2024-01-01,1,2,3,4,5\n", ["--time-zone", "Mars/Base"], 2),
        ("2024-01-01,1,2,3,4,5\nx,1,2,3,4,5\n", ["--max-rejects", "50"], 0),
    ],
)
def test_exit_status_says_what_happened(run: Run, tmp_path: Path, market: str, words: list[str], status: int) -> None:
    done = run("import", folder_with(tmp_path, market), *words)
    assert done.exit_code == status, done.output


@pytest.mark.parametrize(("sign", "value"), [(",", 4.125), (".", 4125.0)])
def test_a_decimal_sign_can_be_declared_for_a_load(run: Run, tmp_path: Path, sign: str, value: float) -> None:
    done = run("import", folder_with(tmp_path, '2024-01-01,"4,125",2,3,4,5\n'), "--decimal", sign)
    assert done.exit_code == 0, done.output
    with duckdb.connect(str(current_file(tmp_path / "home")), read_only=True) as con:
        assert con.execute("SELECT sp500_index FROM main.fact_market").fetchone() == (value,)


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


def permissions(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


@pytest.mark.parametrize("words", [["import", "in"], ["demo", "--customers", 20, "--years", 1]])
def test_the_instance_folder_is_its_owners_alone_whatever_comes_first(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str | int]
) -> None:
    folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n")
    monkeypatch.chdir(tmp_path)
    usual = os.umask(0o022)
    try:
        assert run(*words).exit_code == 0
    finally:
        os.umask(usual)
    home = tmp_path / "home"
    assert [permissions(folder) for folder in (home, home / "warehouse", home / "loads")] == [0o700] * 3


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


PEOPLE = {
    "clients.csv": "client_id,full_name,email,phone,company,created_at\nK1,Ann Lee,ann@x.org,,,2024-01-02\nK2,Bo,bo@x.org,,,\n",
    "contacts.csv": "contact_id,full_name,email,phone,created_at\nW1,Ann,ANN@x.org,,2024-01-03\nW2,Cy,bo@x.org,,2024-01-03\n",
    "customer_attributes.csv": "customer_id,name,value\nK1,Plan,Basic\nW1,Plan,Plus\nK2,Plan,Basic\n",
}


def test_check_and_identity_say_who_is_who_and_what_is_known_of_them(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for name, text in PEOPLE.items():
        (folder / name).write_text(text)
    mapping = tmp_path / "who.yaml"
    mapping.write_text("identity: { match: [email, phone] }\n")
    assert run("import", folder).exit_code == 0
    assert "Nobody was matched" in run("identity").stdout
    assert run("import", folder, "--mapping", mapping).exit_code == 0
    shown = run("identity").stdout
    assert "Merged into another client: 1" in shown
    assert "K1     W1   email  ann@x.org  the same e-mail" in shown
    assert "Left apart, for something contradicts: 1" in shown
    found = json.loads(run("identity", "--json").stdout)
    assert [(one["outcome"], one["ids"]) for one in found] == [("merged", "W1"), ("conflict", "K2, W2")]
    status = json.loads(run("check", "--json").stdout)
    assert status["identity"] == {"in_several_systems": 0, "merged": 1, "conflicts": 1, "ignored": 0}
    assert status["attributes"] == [{"name": "Plan", "kind": "text", "clients": 2, "values": 1, "shown": 1}]
    told = run("check").stdout
    assert "Note of the load: Matched by e-mail and phone: 1 client merged into others, 1 match left apart" in told
    by_plan = run("metric", "total_clients", "--by", "attribute.Plan", "--where", "attribute.Plan=Basic")
    assert by_plan.stdout.split()[-3:] == ["Basic", "1", "1"]
    wrong = run("metric", "total_clients", "--by", "attribute.Size")
    assert (wrong.exit_code, "They have: attribute.Plan." in wrong.stderr) == (1, True)


def test_a_filter_whose_name_or_value_holds_the_sign(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    header = "client_id,full_name,email,phone,company,created_at\n"
    (folder / "clients.csv").write_text(f"{header}K1,A,,,,2024-01-01\nK2,B,,,,2024-01-01\n")
    rows = "K1,a,b=1\nK1,c=d,1\nK2,c=d,2\nK2,e,x=\n"
    (folder / "customer_attributes.csv").write_text(f"customer_id,name,value\n{rows}")
    assert run("import", folder).exit_code == 0
    for text, count in (("a=b=1", 1), ("c=d=1", 1), ("e=x=", 1), ("a=b", 0)):
        done = run("metric", "total_clients", "--where", f"attribute.{text}", "--format", "json")
        assert json.loads(done.stdout)[0]["value"] == count
    assert "no attribute “c”" in run("metric", "total_clients", "--where", "attribute.c=1").stderr


def test_check_says_that_the_last_import_was_killed_and_a_way_back_is_noted(run: Run, tmp_path: Path) -> None:
    folder, home = folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n"), tmp_path / "home"
    first, _ = (json.loads(run("import", folder, "--json").stdout)["generation_id"] for _ in range(2))
    assert "interrupted" not in run("check").stdout
    history_of_loads.write(home, LoadReport("20270101T000000Z-1", "in", "2027-01-01T00:00:00+00:00"))
    assert "The import that began 2026-12-31 19:00:00 was interrupted." in run("check").stdout
    with import_lock(home / "warehouse"):
        history_of_loads.write(
            home, LoadReport("20270101T000000Z-1", "in", "2027-01-01T00:00:00+00:00", pid=os.getpid())
        )
        assert "An import is running since 2026-12-31 19:00:00" in run("check").stdout
    assert run("rollback").exit_code == 0
    engine = open_database(f"sqlite:///{home}/clientscope.sqlite")
    line = audit.latest(engine, 1)[0]
    engine.dispose()
    assert (line.action, line.detail["to"], str(line.login).startswith("shell:")) == ("rollback", first, True)


def test_a_way_back_needs_no_application_database(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with(tmp_path, "2024-01-01,1,2,3,4,5\n")
    for _ in range(2):
        assert run("import", folder).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/in/market_data.csv/none.sqlite")
    back = run("rollback")
    assert (back.exit_code, "This goes on without it" in back.stderr) == (0, True)
    assert "published" in run("loads").stdout
