"""Files that one entry of a mapping reads into one table are read in one way, whichever of them tells which."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.discovery import find_inputs, list_files
from data_layer.ingest.errors import BadFile
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.pace import Pace
from data_layer.ingest.rejects import rows as rejected_rows
from data_layer.ingest.sources import BY_NAME
from data_layer.ingest.staging import Staged, Stager
from data_layer.ingest.together import stage_alike, written_alike

DEALS = """
[[table]]
to = "opportunities"
from = "deals_*.csv"
[table.columns]
opportunity_id = "id"
created_at = "when"
value = "amount"
"""
Files = dict[int, list[str]]


def stage(folder: Path, files: Files, mapping: str = DEALS) -> tuple[list[Staged], duckdb.DuckDBPyConnection]:
    """Stage files ``deals_<number>.csv`` of a date and an amount a row, divided by semicolons, the rows numbered."""
    row = 0
    for number, rows in files.items():
        lines = ["id;when;amount"]
        for text in rows:
            row += 1
            lines.append(f"D{row};{text}")
        (folder / f"deals_{number}.csv").write_text("\n".join(lines) + "\n")
    (folder / "m.toml").write_text(mapping)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; CREATE SCHEMA source")
    options = ImportOptions()
    stager, staged = Stager(con, options, folder / "rejects.csv"), []
    found = find_inputs("here", list_files(folder, folder / "scratch"), read_mapping(folder / "m.toml"))
    for items in written_alike(found.inputs):
        target = f"source.{items[0].table.name}"
        if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [items[0].table.name]).fetchone():
            con.execute(create_staged(BY_NAME[items[0].table.name], target))
        staged += stage_alike(stager, Pace(con, options, 0), items, target)
    return staged, con


def days(folder: Path, files: Files, mapping: str = DEALS) -> list[Any]:
    _, con = stage(folder, files, mapping)
    rows = con.execute("SELECT created_at__day FROM source.opportunities ORDER BY rowid").fetchall()
    return [day for (day,) in rows]


def amounts(folder: Path, files: Files, mapping: str = DEALS) -> list[Any]:
    _, con = stage(folder, files, mapping)
    return [value for (value,) in con.execute("SELECT value FROM source.opportunities ORDER BY rowid").fetchall()]


DAY_FIRST, MONTH_FIRST, EITHER, NO_MATTER = "13/02/2024;1", "02/13/2024;1", "01/02/2024;1", "05/05/2024;1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({1: [EITHER], 2: [DAY_FIRST]}, [date(2024, 2, 1), date(2024, 2, 13)]),
        ({1: [DAY_FIRST], 2: [EITHER]}, [date(2024, 2, 13), date(2024, 2, 1)]),
        ({1: [EITHER], 2: [MONTH_FIRST]}, [date(2024, 1, 2), date(2024, 2, 13)]),
        ({1: [EITHER], 2: [NO_MATTER], 3: [MONTH_FIRST]}, [date(2024, 1, 2), date(2024, 5, 5), date(2024, 2, 13)]),
        ({1: ["2024-03-04;1"], 2: [EITHER], 3: [DAY_FIRST]}, [date(2024, 3, 4), date(2024, 2, 1), date(2024, 2, 13)]),
    ],
)
def test_a_file_tells_how_the_dates_of_the_others_are_meant(tmp_path: Path, files: Files, expected: list[date]) -> None:
    assert days(tmp_path, files) == expected


def test_dates_that_no_file_explains_are_an_error_that_says_how_to_declare(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"01/02/2024 can be read as %d/%m/%Y or as %m/%d/%Y.*date_format = "):
        days(tmp_path, {1: [NO_MATTER], 2: [EITHER], 3: ["2024-03-04;1"]})


def test_files_that_contradict_each_other_are_an_error_that_names_both(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as error:
        days(tmp_path, {1: [DAY_FIRST], 2: [EITHER], 3: [MONTH_FIRST]})
    assert "created_at: deals_1.csv writes dates like %d/%m/%Y, deals_3.csv like %m/%d/%Y." in str(error.value)
    assert 'date_format = "%d/%m/%Y" and date_format = "%m/%d/%Y"' in str(error.value)


def test_entries_of_their_own_are_read_each_in_its_way(tmp_path: Path) -> None:
    two = DEALS.replace("deals_*", "deals_1") + DEALS.replace("deals_*", "deals_2")
    assert days(tmp_path, {1: [DAY_FIRST, EITHER], 2: [MONTH_FIRST, EITHER]}, two) == [
        date(2024, 2, 13), date(2024, 2, 1), date(2024, 2, 13), date(2024, 1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Each of the first files can be read without another, and would be read as English.
        ({1: ["2024-01-01;1.500"], 2: ["2024-01-01;2,5"]}, ["1500", "2.5"]),
        ({1: ["2024-01-01;2,5"], 2: ["2024-01-01;1.500"]}, ["2.5", "1500"]),
        ({1: ["2024-01-01;1,500"], 2: ["2024-01-01;2,5"]}, ["1.5", "2.5"]),
        ({1: ["2024-01-01;1,500"], 2: ["2024-01-01;2.5"]}, ["1500", "2.5"]),
        ({1: ["2024-01-01;1,500"], 2: ["2024-01-01;2"]}, ["1500", "2"]),
        ({1: ["2024-01-01;7"], 2: ["2024-01-01;1.500"], 3: ["2024-01-01;,5"]}, ["7", "1500", "0.5"]),
    ],
)
def test_a_file_tells_what_the_comma_means_in_the_others(tmp_path: Path, files: Files, expected: list[str]) -> None:
    assert amounts(tmp_path, files) == [Decimal(text) for text in expected]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_comma_and_a_point_before_the_fractions_contradict_each_other(tmp_path: Path, order: tuple[int, int]) -> None:
    comma, point = order
    with pytest.raises(BadFile) as error:
        amounts(tmp_path, {comma: ["2024-01-01;2,5"], point: ["2024-01-01;2.5"]})
    words = f"deals_{comma}.csv writes numbers with a decimal comma, deals_{point}.csv with a decimal point"
    assert words in str(error.value)
    assert 'decimal = "," and decimal = "."' in str(error.value)


def test_what_is_read_again_is_rejected_and_counted_once(tmp_path: Path) -> None:
    staged, con = stage(tmp_path, {1: ["2024-01-01;1.500", "2024-01-01;x"], 2: ["2024-01-01;2,5", "soon;3,5"]})
    assert [(one.read, one.loaded, one.rejected) for one in staged] == [(2, 1, 1), (2, 1, 1)]
    assert con.execute("SELECT opportunity_id FROM source.opportunities ORDER BY rowid").fetchall() == [
        ("D1",),
        ("D3",),
    ]
    assert [(row[1], row[2]) for row in rejected_rows(tmp_path / "rejects.csv")] == [
        ("deals_1.csv", "3"), ("deals_2.csv", "3"),
    ]  # fmt: skip


def test_what_another_entry_read_before_stays(tmp_path: Path) -> None:
    two = DEALS.replace("deals_*", "deals_0") + DEALS.replace("deals_*", "deals_[12]")
    files = {0: ["2024-01-01;1.50", "2024-01-01;y"], 1: ["2024-01-01;1.500", "2024-01-01;x"], 2: ["2024-01-01;2,5"]}
    assert amounts(tmp_path, files, two) == [Decimal("1.5"), Decimal(1500), Decimal("2.5")]
    assert [row[1] for row in rejected_rows(tmp_path / "rejects.csv")] == ["deals_0.csv", "deals_1.csv"]


def test_numbers_that_no_file_explains_are_told(tmp_path: Path) -> None:
    staged, _ = stage(tmp_path, {1: ["2024-01-01;1,500"], 2: ["2024-01-01;2,500"]})
    (note,) = staged[0].notes
    assert staged[1].notes == ()
    assert stage(tmp_path, {1: ["2024-01-01;1,500"], 2: ["2024-01-01;1,002.5"]})[0][0].notes == ()
    assert note.startswith("opportunities.value: numbers such as 1,500 were read with the comma between thousands")
    assert 'decimal = ","' in note
    declared = DEALS.replace('to = "opp', 'decimal = "."\nto = "opp')
    assert stage(tmp_path, {1: ["2024-01-01;1,500"]}, declared)[0][0].notes == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[[table]]", 'decimal = ","\n[[table]]'), "1.5"),
        (('to = "opp', 'decimal = ","\nto = "opp'), "1.5"),
        (('"amount"', '{ from = "amount", decimal = "," }'), "1.5"),
        (('"amount"', '{ from = "amount", decimal = "." }'), "1500"),
        (('"amount"', '{ from = "amount", decimal = ",", times = 1000 }'), "1500"),
    ],
)
def test_a_mapping_says_what_the_comma_means(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    assert amounts(tmp_path, {1: ["2024-01-01;1,500"]}, DEALS.replace(*change)) == [Decimal(expected)]


def test_a_point_is_no_fraction_where_the_comma_is_declared(tmp_path: Path) -> None:
    declared = DEALS.replace('"amount"', '{ from = "amount", decimal = "," }')
    assert amounts(tmp_path, {1: ["2024-01-01;1.500", "2024-01-01;7"]}, declared) == [Decimal(1500), Decimal(7)]


TIMES = DEALS.replace('"amount"', '{ from = "amount", times = 1000 }')


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["12,50", "1.250,75", "1,125", "n/a", "-", ""], [12500, 1250750, 1125, None, None, None]),
        (["12.50", "1,250.75", "1,125", "N/A"], [12500, 1250750, 1125000, None]),
        (["2", "-3.25"], [2000, -3250]),
    ],
)
def test_a_number_to_be_multiplied_is_understood_as_any_other(
    tmp_path: Path, rows: list[str], expected: list[int | None]
) -> None:
    files = {1: [f"2024-01-01;{text}" for text in rows]}
    assert amounts(tmp_path, files, TIMES) == [None if value is None else Decimal(value) for value in expected]
    assert not (tmp_path / "rejects.csv").exists()


CONTACTS = """
[[table]]
to = "service_interactions"
from = "deals_1.csv"
[table.columns]
interaction_id = "id"
date = "when"
duration_minutes = { from = "amount", unit = "clock" }
"""


def test_a_clock_holds_no_bare_number(tmp_path: Path) -> None:
    texts = ["1:02:30", "02:30", "90", "1,5", "n/a", "-", "0:00:30"]
    _, con = stage(tmp_path, {1: [f"2024-01-01;{text}" for text in texts]}, CONTACTS)
    rows = con.execute("SELECT duration_minutes FROM source.service_interactions ORDER BY rowid").fetchall()
    assert [minutes for (minutes,) in rows] == [62.5, 150, None, None, 0.5]
    rejected = list(rejected_rows(tmp_path / "rejects.csv"))
    assert [row[5] for row in rejected] == ["D3;2024-01-01;90", "D4;2024-01-01;1,5"]
    assert 'unit = "seconds"' in rejected[0][4]


def test_another_scale_of_scores_is_brought_to_ours(tmp_path: Path) -> None:
    columns = CONTACTS.replace("duration_minutes", "satisfaction_score").replace(
        'unit = "clock"', "times = 0.4, plus = 1"
    )
    _, con = stage(tmp_path, {1: [f"2024-01-01;{score}" for score in ("0", "10", "7,5", "n/a")]}, columns)
    rows = con.execute("SELECT satisfaction_score FROM source.service_interactions ORDER BY rowid").fetchall()
    assert [score for (score,) in rows] == [1, 5, 4, None]


def test_a_file_tells_what_the_comma_means_in_the_attributes_of_another(tmp_path: Path) -> None:
    for number, paid in enumerate(("1.500", "2,5")):
        (tmp_path / f"people_{number}.csv").write_text(f"id;paid\nP{number};{paid}\n")
    mapping = """
        [[table]]
        to = "customers"
        from = "people_*.csv"
        columns = { customer_id = "id" }
        attributes = { Paid = { from = "paid", times = 2 } }
    """
    _, con = stage(tmp_path, {}, mapping)
    found = con.execute("SELECT value FROM source.customer_attributes ORDER BY customer_id").fetchall()
    assert found == [("3000.0",), ("5.0",)]


def test_attributes_are_multiplied_each_in_its_own_way_and_keep_their_words(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text('id;paid;held;area\nA;1,5;1.25;n/a\nB;unknown;2,000;"3,5"\n')
    mapping = """
        [[table]]
        to = "customers"
        from = "people.csv"
        columns = { customer_id = "id" }
        [table.attributes]
        Area = "area"
        Paid = { from = "paid", times = 100 }
        Held = { from = "held", times = 2 }
    """
    _, con = stage(tmp_path, {}, mapping)
    found = con.execute("SELECT name, customer_id, value FROM source.customer_attributes ORDER BY ALL").fetchall()
    assert found == [
        ("Area", "A", "n/a"), ("Area", "B", "3,5"), ("Held", "A", "2.5"), ("Held", "B", "4000.0"),
        ("Paid", "A", "150.0"), ("Paid", "B", "unknown"),
    ]  # fmt: skip


CALLS = """
[[table]]
to = "service_interactions"
from = "deals_*.csv"
[table.columns]
interaction_id = "id"
date = "when"
duration_minutes = "amount"
"""


@pytest.mark.parametrize(("other", "minutes"), [("2.5", 1125.0), ("2,5", 1.125)])
def test_what_a_comma_is_in_numbers_another_file_tells(tmp_path: Path, other: str, minutes: float) -> None:
    _, con = stage(tmp_path, {1: ["2024-01-01;1,125"], 2: [f"2024-01-01;{other}"]}, CALLS)
    found = con.execute("SELECT duration_minutes FROM source.service_interactions ORDER BY rowid").fetchall()
    assert found == [(minutes,), (2.5,)]


def test_numbers_that_no_file_explains_stop_the_import(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"duration_minutes: numbers such as 1,125 .*1125 or as 1\.125"):
        stage(tmp_path, {1: ["2024-01-01;1,125"], 2: ["2024-01-01;7"]}, CALLS)
