"""The import as a whole: nothing lost, nothing half-published, and a way back."""

import csv
import json
import multiprocessing
import os
import shutil
import signal
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from sqlalchemy import make_url

from data_layer.ingest import checks, errors
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.rollback import rollback
from data_layer.ingest.run import run_import
from data_layer.ingest.status import describe
from data_layer.warehouse import generations
from tests.data.loading import Rows, load, query, write_tables

CUSTOMERS: Rows = [
    {"customer_id": f"C{i}", "first_name": "A", "last_name": str(i), "enrollment_date": "2024-01-01"}
    for i in range(1, 5)
]


def sessions(count: int, day: str = "2024-03-01", first: int = 0) -> Rows:
    return [
        {"engagement_id": f"E{i:05}", "customer_id": f"C{i % 4 + 1}", "date": f"{day} 10:00", "action_type": "Log in"}
        for i in range(first, first + count)
    ]


def rejected_rows(home: Path) -> list[dict[str, str]]:
    (file,) = home.glob("loads/*/rejects.csv")
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_loaded_and_rejected_make_read_and_the_bad_row_is_named(tmp_path: Path) -> None:
    rows = sessions(300)
    rows[6]["session_duration"] = "long"
    rows[2]["action_type"] = "two\nlines"
    report = load(tmp_path, {"customers": CUSTOMERS, "engagement": rows})
    engagement = next(source for source in report.sources if source.source == "engagement")
    assert (engagement.read, engagement.loaded, engagement.rejected) == (300, 299, 1)
    assert query(tmp_path, "SELECT count(*) FROM fact_engagement") == [(299,)]
    (reject,) = rejected_rows(tmp_path)
    assert (reject["source"], reject["file"], reject["line"], reject["column"]) == (
        "engagement", "engagement.csv", "9", "session_duration",
    )  # fmt: skip
    assert reject["raw"].startswith('"E00006"')


def test_scores_of_another_scale_are_told_and_count_as_no_answer(tmp_path: Path) -> None:
    contacts: Rows = [
        {
            "interaction_id": str(i),
            "customer_id": "C1",
            "date": "2024-03-01",
            "satisfaction_score": score,
            "duration_minutes": 5,
        }
        for i, score in enumerate((1, 5, 3.5, None, 7, 10))
    ]
    report = load(tmp_path, {"customers": CUSTOMERS, "service_interactions": contacts})
    (words,) = (words for words in report.warnings if "satisfaction_score" in words)
    assert words.startswith("service_interactions.satisfaction_score: 2 values out of range (from 7 to 10); ")
    assert not any("duration_minutes" in words for words in report.warnings)
    assert "times = 0.4 and plus = 1" in words
    assert query(tmp_path, "SELECT max(satisfaction_score) FROM source.service_interactions") == [(10.0,)]
    assert query(tmp_path, "SELECT count(satisfaction_score), max(satisfaction_score) FROM fact_interaction") == [
        (3, 5.0)
    ]


def test_too_many_rejects_publish_nothing(tmp_path: Path) -> None:
    rows = sessions(100)
    rows[0]["date"] = "yesterday"
    with pytest.raises(errors.TooManyRejects, match=r"1 of 100 rows \(1\.00 %\)") as failure:
        load(tmp_path, {"customers": CUSTOMERS, "engagement": rows})
    assert generations.current_file(tmp_path) is None
    assert len(rejected_rows(tmp_path)) == 1
    assert failure.value.report is not None
    assert failure.value.report.status == "failed"
    assert load(tmp_path, {"customers": CUSTOMERS, "engagement": rows}, max_rejects=1.0).rejected == 1


def test_a_table_that_is_rejected_whole_stops_whatever_the_limit(tmp_path: Path) -> None:
    bad = [{**row, "date": "?"} for row in sessions(3)]
    with pytest.raises(errors.TooManyRejects, match="all 3 rows"):
        load(tmp_path, {"customers": CUSTOMERS, "engagement": bad}, max_rejects=100.0)


def test_the_same_files_twice_change_nothing(tmp_path: Path) -> None:
    tables = {"customers": CUSTOMERS, "engagement": sessions(20)}
    star = "SELECT * FROM fact_engagement JOIN dim_customer USING (customer_key) ORDER BY engagement_key"
    load(tmp_path, tables)
    before = query(tmp_path, star)
    report = load(tmp_path, tables)
    assert query(tmp_path, star) == before
    assert [source.updated for source in report.sources] == [4, 20]


def test_rows_are_added_by_key_and_the_last_one_wins(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS, "engagement": sessions(20)})
    changed = [
        {**sessions(1)[0], "action_type": "First"},
        {**sessions(1)[0], "action_type": "Last"},
        *sessions(5, first=20),
    ]
    report = load(tmp_path, {"engagement": changed})
    assert (report.sources[0].loaded, report.sources[0].duplicates, report.sources[0].updated) == (7, 1, 1)
    assert query(tmp_path, "SELECT count(*) FROM fact_engagement") == [(25,)]
    assert query(tmp_path, "SELECT action FROM fact_engagement WHERE engagement_id = 'E00000'") == [("Last",)]
    assert query(tmp_path, "SELECT count(*) FROM dim_customer") == [(5,)]


def test_replace_swaps_only_the_tables_that_are_loaded(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS, "engagement": sessions(20)})
    load(tmp_path, {"engagement": sessions(15, first=100)}, replace=True)
    assert query(tmp_path, "SELECT min(engagement_id), count(*) FROM fact_engagement") == [("E00100", 15)]
    assert query(tmp_path, "SELECT count(*) FROM dim_customer") == [(5,)]


def test_a_large_drop_stops_unless_forced(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS, "engagement": sessions(20)})
    before = generations.current_file(tmp_path)
    with pytest.raises(errors.CheckFailed, match="Digital sessions: 9, before 20"):
        load(tmp_path, {"engagement": sessions(9)}, replace=True)
    assert generations.current_file(tmp_path) == before
    assert load(tmp_path, {"engagement": sessions(9)}, replace=True, force=True).status == "published"


@pytest.mark.parametrize(
    ("before", "after", "falls"),
    [
        (-500, -500, False),
        (-500, -700, False),
        (-500, -800, True),
        (-500, 100, False),
        (500, 250, False),
        (500, 249, True),
        (500, -1, True),
        (0, -1, False),
    ],
)
def test_money_may_be_owed_and_a_fall_is_seen_from_what_there_was(
    tmp_path: Path, before: int, after: int, falls: bool
) -> None:
    def balance(amount: int) -> dict[str, Rows]:
        day = {"customer_id": "C1", "product_id": "P", "date": "2024-03-01"}
        return {"customers": CUSTOMERS, "account_balances": [{"balance_id": "1", **day, "balance": amount}]}

    load(tmp_path, balance(before))
    found = load(tmp_path, balance(after), force=True)
    assert [one["outcome"] for one in found.checks if one["name"] == checks.MONEY] == [
        "overridden" if falls else "passed"
    ]


def test_clients_that_are_lost_are_counted_without_unknown(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS})
    with pytest.raises(errors.CheckFailed, match="\nClients: 0, before 4\\.\n"):
        load(tmp_path, {"customers": []}, replace=True)


def test_demo_data_and_real_data_never_mix(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS}, is_demo=True)
    report = load(tmp_path, {"engagement": sessions(3)})
    assert query(tmp_path, "SELECT count(*) FROM dim_customer WHERE customer_key > 0") == [(0,)]
    assert "Demo data are not part" in report.warnings[0]


def test_three_generations_are_kept_and_rollback_can_be_undone(tmp_path: Path) -> None:
    made = [load(tmp_path, {"engagement": sessions(10 + i)}, replace=True).generation_id for i in range(4)]
    assert describe(tmp_path).kept == tuple(made[1:])
    assert rollback(tmp_path).generation_id == made[2]
    assert query(tmp_path, "SELECT count(*) FROM fact_engagement") == [(12,)]
    assert rollback(tmp_path).generation_id == made[1]
    with pytest.raises(generations.NoGeneration, match="no earlier"):
        rollback(tmp_path)
    assert rollback(tmp_path, to=made[3]).generation_id == made[3]
    assert query(tmp_path, "SELECT count(*) FROM fact_engagement") == [(13,)]
    with pytest.raises(generations.NoGeneration, match="Kept are"):
        rollback(tmp_path, to="never")


def test_where_the_data_that_were_shown_are_gone_the_newest_of_the_others_are_the_way_back(tmp_path: Path) -> None:
    made = [load(tmp_path, {"engagement": sessions(10 + i)}, replace=True).generation_id for i in range(3)]
    current = generations.current_file(tmp_path)
    assert current is not None
    current.unlink()
    assert rollback(tmp_path).generation_id == made[1]
    assert rollback(tmp_path).generation_id == made[0]


def test_a_second_import_is_refused_at_once(tmp_path: Path) -> None:
    with import_lock(tmp_path / "warehouse"), pytest.raises(errors.AlreadyRunning, match=f"process {os.getpid()}"):
        load(tmp_path, {"engagement": sessions(1)})


def _import_until_killed(folder: Path, home: Path, step: str) -> None:
    def progress(what: str, _done: int, _total: int) -> None:
        if what.startswith(step):
            os.kill(os.getpid(), signal.SIGKILL)

    run_import(folder, home, ImportOptions(progress=progress))


@pytest.mark.parametrize("step", ["Reading engagement", "Building activity", "Building sources"])
def test_killed_at_any_moment_leaves_the_old_data_and_a_free_way(tmp_path: Path, step: str) -> None:
    load(tmp_path, {"customers": CUSTOMERS, "engagement": sessions(20)})
    before = generations.current_file(tmp_path)
    folder = write_tables(tmp_path / "more", {"engagement": sessions(40)})
    process = multiprocessing.get_context("spawn").Process(target=_import_until_killed, args=(folder, tmp_path, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert generations.current_file(tmp_path) == before
    assert query(tmp_path, "SELECT count(*) FROM fact_engagement") == [(20,)]
    assert run_import(folder, tmp_path).status == "published"
    left = {path.name for path in (tmp_path / "warehouse").iterdir()}
    assert not [name for name in left if name.startswith((".building", ".scratch", ".spill"))]


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"notes.csv": "a,b\n"}, errors.NothingToLoad, "customers, products"),
        (
            {"staff.csv": "staff_id,full_name,email\n"},
            errors.BadFile,
            r"required column role .*Found: staff_id, full_name",
        ),
        ({"staff.csv": "staff_id,Role,role,full_name,email\n"}, errors.BadFile, "role is there more than once"),
        ({"staff.csv": ""}, errors.BadFile, r"staff\.csv: the file is empty"),
        ({"staff.csv": "", "agents.csv": ""}, errors.BadFile, r"agents\.csv[^$]*staff\.csv"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    tmp_path: Path, files: dict[str, str], error: type[errors.ImportFailed], message: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(error, match=message):
        run_import(folder, tmp_path)
    assert generations.current_file(tmp_path) is None


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.NoSuchPath, match="does not exist"):
        run_import(tmp_path / "nowhere", tmp_path)


def test_names_in_any_case_and_order_and_unknown_columns(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "STAFF.CSV").write_bytes(
        "Email;Shoe size;ROLE;Full_Name;Staff_ID\r\nz@x.org;44;Lead;Zoë;S1\r\n".encode("cp1252")
    )
    report = run_import(folder, tmp_path)
    assert report.sources[0].unknown_columns == ["Shoe size"]
    assert query(tmp_path, "SELECT full_name, title, email FROM dim_staff WHERE staff_key = 1") == [
        ("Zoë", "Lead", "z@x.org")
    ]


def test_a_report_for_machines_is_left_behind(tmp_path: Path) -> None:
    report = load(tmp_path, {"customers": CUSTOMERS, "engagement": sessions(3)})
    kept: dict[str, Any] = json.loads((tmp_path / "loads" / report.load_id / "report.json").read_text())
    assert (kept["status"], kept["read"], kept["loaded"], kept["rejected"]) == ("published", 7, 7, 0)
    assert [source["source"] for source in kept["sources"]] == ["customers", "engagement"]


def test_status_tells_what_is_loaded_and_what_is_missing(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CUSTOMERS, "engagement": [*sessions(3), *sessions(1, "2024-03-05", 9)]})
    status = describe(tmp_path)
    assert status.as_of == date(2024, 3, 5)
    found = {source.source: (source.rows, source.days_behind, source.has_times) for source in status.sources}
    assert found == {"customers": (4, 64, False), "engagement": (4, 0, True)}
    assert "messages" in {missing.source for missing in status.missing}


def test_publishing_to_postgres_and_back(tmp_path: Path, postgres_url: str) -> None:
    odd = [{**CUSTOMERS[0], "last_name": 'O\'Neil "x", \\N; é'}, {**CUSTOMERS[1], "last_name": "\\N", "first_name": ""}]
    load(tmp_path, {"customers": odd, "engagement": sessions(20)}, warehouse_url=postgres_url)
    load(tmp_path, {"engagement": sessions(30)}, warehouse_url=postgres_url)
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as server:
        for table in ("dim_customer", "fact_engagement", "rollup_activity_span", "load_source"):
            rows = server.execute(f"SELECT * FROM clientscope.{table}").fetchall()  # type: ignore[arg-type]
            assert sorted(rows, key=repr) == sorted(query(tmp_path, f"SELECT * FROM {table}"), key=repr)
        rollback(tmp_path, warehouse_url=postgres_url)
        assert server.execute("SELECT count(*) FROM clientscope.fact_engagement").fetchone() == (20,)
        schemas = server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'clientscope%'").fetchall()
        assert schemas == [("clientscope",)]


def test_a_character_that_postgres_cannot_hold_stops_nothing(tmp_path: Path, postgres_url: str) -> None:
    rows: Rows = [{"staff_id": "S1", "full_name": "An\0n", "role": None, "email": None}]
    load(tmp_path, {"staff": rows}, warehouse_url=postgres_url)
    assert query(tmp_path, "SELECT full_name FROM dim_staff WHERE staff_id = 'S1'") == [("An\0n",)]
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        assert server.execute("SELECT full_name FROM clientscope.dim_staff WHERE staff_id = 'S1'").fetchall() == [
            ("Ann",)
        ]


def test_a_postgres_that_is_away_publishes_nothing(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    with pytest.raises(errors.ImportFailed, match="still shows the data of before"):
        load(tmp_path, {"engagement": sessions(2)}, warehouse_url=away)
    assert generations.current_file(tmp_path) is None


def test_what_lies_beside_the_files_is_told(tmp_path: Path) -> None:
    """Folders inside, and links to nothing: of a table's name they are missed, of another they are told."""
    folder = write_tables(tmp_path / "in", {"customers": CUSTOMERS})
    (folder / "more").mkdir()
    (folder / "old.csv").symlink_to(folder / "nowhere.csv")
    assert run_import(folder, tmp_path).ignored_files == ["more/", "old.csv"]
    (folder / "staff.csv").symlink_to(folder / "nowhere.csv")
    with pytest.raises(errors.BadFile, match=r"staff\.csv: cannot be read"):
        run_import(folder, tmp_path)
    (tmp_path / "outer" / "more").mkdir(parents=True)
    with pytest.raises(errors.NothingToLoad, match="There is: more/"):
        run_import(tmp_path / "outer", tmp_path)


def test_an_archive_for_which_there_is_no_room_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("customers.csv", "customer_id\n" + "0" * 10_000_000)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=200_000_000))
    with pytest.raises(errors.BadFile, match=r"all\.zip unpacks to 10 MB, and only 200 MB are free"):
        run_import(archive, tmp_path)


def test_a_workbook_of_a_table_with_several_sheets_gives_the_one_of_that_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A report of today"])
    sheet = book.create_sheet("Staff")
    for row in (["staff_id", "full_name", "role", "email"], [7, "Ann", None, None]):
        sheet.append(row)
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "staff.xlsx")
    assert [one.loaded for one in run_import(tmp_path / "in", tmp_path).sources] == [1]


def test_a_file_with_column_names_alone_is_told(tmp_path: Path) -> None:
    report = load(tmp_path, {"engagement": [], "customers": CUSTOMERS})
    assert report.warnings == ["engagement: there are no rows in engagement.csv."]


def test_a_table_rejected_whole_is_not_told_to_raise_a_limit(tmp_path: Path) -> None:
    with pytest.raises(errors.TooManyRejects) as failure:
        load(tmp_path, {"engagement": [{"engagement_id": "E1", "date": "soon"}]})
    assert "--max-rejects" not in str(failure.value)
