"""A company's database as a source: read-only, by name or by a mapping, and only what is new."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from data_layer.ingest import errors
from data_layer.ingest.database import open_database
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_import
from data_layer.warehouse import generations
from tests.data.loading import query

# As Oracle shows them: upper-case names, dates with times, nulls.
MANAGER = """
CREATE TABLE "CLIENTS" ("CLIENT_ID" INTEGER, "FULL_NAME" VARCHAR(80), "EMAIL" VARCHAR(80), "PHONE" VARCHAR(40), "COMPANY" VARCHAR(80), "CREATED_AT" TIMESTAMP);
CREATE TABLE "STAFF" ("STAFF_ID" INTEGER, "FULL_NAME" VARCHAR(80), "ROLE" VARCHAR(40), "EMAIL" VARCHAR(80));
CREATE TABLE "INTERACTION_TYPES" ("TYPE_ID" INTEGER, "TYPE_NAME" VARCHAR(40));
CREATE TABLE "INTERACTIONS" ("INTERACTION_ID" INTEGER, "CLIENT_ID" INTEGER, "STAFF_ID" INTEGER, "TYPE_ID" INTEGER, "INTERACTION_DATE" TIMESTAMP, "SUMMARY" VARCHAR(400), "ACTION_REQUIRED" VARCHAR(40), "NEXT_FOLLOWUP" TIMESTAMP);
CREATE TABLE "FOLLOWUP_ACTIONS" ("FOLLOWUP_ID" INTEGER, "INTERACTION_ID" INTEGER, "FOLLOWUP_DATE" TIMESTAMP, "STATUS" VARCHAR(20), "NOTES" VARCHAR(400));
CREATE TABLE "AUDIT_TRAIL" ("ID" INTEGER);
INSERT INTO "CLIENTS" VALUES (1, 'Ann', NULL, NULL, 'Acme', NULL), (2, 'Bo', 'bo@example.org', '+1 202 555 0101', NULL, '2024-01-01 08:00:00');
INSERT INTO "STAFF" VALUES (7, 'Cy', 'Lead', NULL);
INSERT INTO "INTERACTION_TYPES" VALUES (3, 'Call');
INSERT INTO "INTERACTIONS" VALUES (10, 1, 7, 3, '2024-03-01 10:00:00', 'a, "b"', 'Send offer', '2024-03-05 00:00:00'), (11, 2, 7, 3, '2024-03-02 11:30:00', NULL, NULL, NULL);
INSERT INTO "FOLLOWUP_ACTIONS" VALUES (20, 10, '2024-03-04 09:00:00', 'Completed', NULL);
"""  # noqa: E501
MAPPING = """
[[table]]
to = "interactions"
from = "calls"
watermark = "changed"
columns = { interaction_id = "id", client_id = "who", interaction_date = "at" }
"""
CALLERS = """
[[table]]
to = "clients"
from = "calls"
watermark = "changed"
columns = { client_id = "id", full_name = "who", created_at = "at" }
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Their database, on each of two engines."""
    url = f"sqlite:///{tmp_path}/theirs.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    yield engine
    engine.dispose()


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def execute(engine: Engine, script: str) -> None:
    with engine.begin() as connection:
        for statement in script.strip().split(";\n"):
            connection.execute(text(statement.rstrip(";")))


def test_the_interaction_manager_loads_without_a_mapping(theirs: Engine, tmp_path: Path) -> None:
    execute(theirs, MANAGER)
    report = run_import(address(theirs), tmp_path)
    assert {one.source: one.loaded for one in report.sources} == {
        "clients": 2, "followup_actions": 1, "interaction_types": 1, "interactions": 2, "staff": 1,
    }  # fmt: skip
    assert report.ignored_files == ["AUDIT_TRAIL"]
    assert query(tmp_path, "SELECT full_name, company FROM dim_customer WHERE customer_key > 0 ORDER BY 1") == [
        ("Ann", "Acme"), ("Bo", None),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT count(*), max(opened_at)::VARCHAR FROM fact_interaction") == [
        (2, "2024-03-02 11:30:00")
    ]
    assert query(tmp_path, "SELECT status, is_late FROM fact_followup") == [("Completed", False)]


def test_keys_of_other_types_meet(theirs: Engine, tmp_path: Path) -> None:
    """As a NUMBER column gives them: decimals in one table, whole numbers in the other."""
    execute(theirs, MANAGER.replace('"CLIENT_ID" INTEGER', '"CLIENT_ID" NUMERIC(12, 2)', 1))
    report = run_import(address(theirs), tmp_path)
    assert {one.source: one.orphans for one in report.sources} == dict.fromkeys(
        ("clients", "followup_actions", "interaction_types", "interactions", "staff"), 0
    )
    assert query(tmp_path, "SELECT customer_id FROM dim_customer WHERE customer_key > 0 ORDER BY 1") == [("1",), ("2",)]


def test_only_what_is_newer_than_the_watermark_is_read(theirs: Engine, tmp_path: Path) -> None:
    execute(theirs, "CREATE TABLE calls (id INTEGER, who VARCHAR(9), at TIMESTAMP, changed TIMESTAMP)")
    execute(
        theirs,
        "INSERT INTO calls VALUES (1, 'K', '2024-01-01 10:00:00', '2024-01-01 10:00:00.5'), "
        "(2, 'K', '2024-01-02 10:00:00', '2024-01-02 10:00:00')",
    )
    file = tmp_path / "map.toml"
    file.write_text(MAPPING)
    options = ImportOptions(mapping=read_mapping(file))
    assert run_import(address(theirs), tmp_path, options).read == 2
    execute(theirs, "INSERT INTO calls VALUES (3, 'K', '2023-05-01 10:00:00', '2024-01-03 10:00:00')")
    assert run_import(address(theirs), tmp_path, options).read == 2  # the new one, and the newest of before again
    assert run_import(address(theirs), tmp_path, options).read == 1
    assert query(tmp_path, "SELECT count(*) FROM fact_interaction") == [(3,)]
    again = run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(file), replace=True))
    assert again.read == 3


@pytest.mark.parametrize(
    ("second", "loaded"),
    [
        (CALLERS, "clients"),
        (MAPPING + 'where = { who = "L" }\n', "interactions"),
    ],
)
def test_what_is_read_from_a_table_later_is_read_from_the_beginning(
    theirs: Engine, tmp_path: Path, second: str, loaded: str
) -> None:
    """How far it was read for one of our tables, or for some of its rows, says nothing of another."""
    execute(theirs, "CREATE TABLE calls (id INTEGER, who VARCHAR(9), at TIMESTAMP, changed INTEGER)")
    execute(
        theirs,
        "INSERT INTO calls VALUES (1, 'K', '2024-01-01', 1), (2, 'L', '2024-01-02', 2), (3, 'K', '2024-01-03', 3)",
    )
    first, both = tmp_path / "first.toml", tmp_path / "both.toml"
    first.write_text(MAPPING + 'where = { who = "K" }\n')
    both.write_text(first.read_text() + second)
    assert run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(first))).read == 2
    run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(both)))
    assert query(tmp_path, f"SELECT count(*) FROM source.{loaded}") == [(3,)]
    execute(theirs, "INSERT INTO calls VALUES (4, 'L', '2024-01-04', 4)")
    again = run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(both)))
    assert query(tmp_path, f"SELECT count(*) FROM source.{loaded}") == [(4,)]
    assert again.read == (3 if loaded == "clients" else 2)  # the new one and, of each entry, the newest of before


def test_a_newest_row_that_is_wrong_does_not_stop_every_later_import(theirs: Engine, tmp_path: Path) -> None:
    """It is read again each time; of a watermark's few rows it would be more than the limit allows."""
    execute(theirs, "CREATE TABLE calls (id INTEGER, who VARCHAR(9), at VARCHAR(20), changed INTEGER)")
    rows = ", ".join(f"({n}, 'K', '2024-01-{n % 28 + 1:02}', {n})" for n in range(300))
    execute(theirs, f"INSERT INTO calls VALUES {rows}, (300, 'K', 'soon', 300)")
    file = tmp_path / "map.toml"
    file.write_text(MAPPING)
    options = ImportOptions(mapping=read_mapping(file))
    assert run_import(address(theirs), tmp_path, options).rejected == 1
    again = run_import(address(theirs), tmp_path, options)
    assert (again.status, again.read, again.rejected) == ("published", 1, 1)
    execute(theirs, "INSERT INTO calls VALUES (301, 'L', '2024-01-04', 301)")
    assert run_import(address(theirs), tmp_path, options).status == "published"
    assert query(tmp_path, "SELECT count(*) FROM source.interactions") == [(301,)]
    worse = ", ".join(f"({n}, 'K', 'soon', {n})" for n in range(302, 310))
    execute(theirs, f"INSERT INTO calls VALUES {worse}")
    with pytest.raises(errors.TooManyRejects):
        run_import(address(theirs), tmp_path, options)


def test_a_table_may_have_a_name_as_long_as_its_database_takes_it(theirs: Engine, tmp_path: Path) -> None:
    length = 63 if theirs.dialect.name == "postgresql" else 150
    name, column = "x" * length, "y" * length
    execute(theirs, f"CREATE TABLE {name} (id INTEGER, who VARCHAR(9), at TIMESTAMP, {column} INTEGER)")
    execute(theirs, f"INSERT INTO {name} VALUES (1, 'K', '2024-01-01', 1)")
    file = tmp_path / "map.toml"
    file.write_text(MAPPING.replace('"calls"', f'"{name}"').replace('"changed"', f'"{column}"'))
    assert run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(file))).read == 1


@pytest.mark.parametrize(
    ("marks", "newer"),
    [
        ((-9, -5), -3), ((-2.5, -1.5), 7), ((1.0, 1.5e20), 2.5e20), (("a", "²"), "³"), (("1_000", "1_001"), "1_002"),
        (("007", "008"), "009"), (("a", "nan"), "z"), (("1", "99999999999999999999"), "999999999999999999999"),
    ],
)  # fmt: skip
def test_a_watermark_of_sqlite_is_what_its_values_are(tmp_path: Path, marks: tuple[Any, Any], newer: Any) -> None:
    with sqlite3.connect(tmp_path / "theirs.sqlite") as theirs:
        kind = "TEXT" if isinstance(newer, str) else ""
        theirs.execute(f"CREATE TABLE calls (id INTEGER, who TEXT, at TEXT, changed {kind})")
        theirs.executemany("INSERT INTO calls VALUES (?, 'K', '2024-01-01', ?)", enumerate(marks))
    file = tmp_path / "map.toml"
    file.write_text(MAPPING)
    options = ImportOptions(mapping=read_mapping(file))
    url = f"sqlite:///{tmp_path}/theirs.sqlite"
    assert run_import(url, tmp_path, options).read == 2
    with sqlite3.connect(tmp_path / "theirs.sqlite") as theirs:
        theirs.execute("INSERT INTO calls VALUES (7, 'K', '2024-01-01', ?)", [newer])
    assert run_import(url, tmp_path, options).read == 2  # the new one, and the newest of before again


@pytest.mark.parametrize("kind", ["INTEGER", "NUMERIC(12, 0)", "VARCHAR(20)", "DATE"])
def test_watermarks_of_other_types(theirs: Engine, tmp_path: Path, kind: str) -> None:
    marks = {"DATE": ("'2024-01-01'", "'2024-02-01'", "'2024-10-01'")}.get(kind, ("9", "10", "11"))
    marks = ("'a'", "'b'", "'c'") if kind.startswith("VARCHAR") else marks
    execute(theirs, f"CREATE TABLE calls (id INTEGER, who VARCHAR(9), at TIMESTAMP, changed {kind})")
    execute(theirs, f"INSERT INTO calls VALUES (1, 'K', '2024-01-01', {marks[0]}), (2, 'K', '2024-01-02', {marks[1]})")
    file = tmp_path / "map.toml"
    file.write_text(MAPPING)
    options = ImportOptions(mapping=read_mapping(file))
    assert run_import(address(theirs), tmp_path, options).read == 2
    execute(theirs, f"INSERT INTO calls VALUES (3, 'K', '2024-01-02', {marks[2]}), (4, 'K', '2024-01-02', NULL)")
    again = run_import(address(theirs), tmp_path, options)
    assert again.read == 3  # the new one, the newest of before again, and the one of which nobody knows
    assert query(tmp_path, "SELECT count(*) FROM fact_interaction") == [(4,)]


def test_a_column_that_cannot_be_a_watermark_says_so(postgres_url: str, tmp_path: Path) -> None:
    theirs = create_engine(postgres_url, poolclass=NullPool)
    execute(theirs, "CREATE TABLE calls (id INTEGER, who VARCHAR(9), at TIMESTAMP, changed BYTEA)")
    file = tmp_path / "map.toml"
    file.write_text(MAPPING)
    with pytest.raises(errors.ImportFailed, match="column changed cannot be a watermark, for it is BYTEA"):
        run_import(address(theirs), tmp_path, ImportOptions(mapping=read_mapping(file)))


def test_a_date_that_is_none_costs_its_row_only(theirs: Engine, tmp_path: Path) -> None:
    """SQLite keeps any text under DATE, PostgreSQL dates that Python has not."""
    is_sqlite = theirs.dialect.name == "sqlite"
    odd = ("'2024-01-02 09:30:00'", "'soon'") if is_sqlite else ("'2024-01-02'", "'infinity'")
    execute(theirs, MANAGER.replace('"FOLLOWUP_DATE" TIMESTAMP', '"FOLLOWUP_DATE" DATE'))
    execute(
        theirs,
        "".join(f'INSERT INTO "FOLLOWUP_ACTIONS" VALUES ({30 + i}, 10, {d}, NULL, NULL);\n' for i, d in enumerate(odd)),
    )
    execute(theirs, "INSERT INTO \"CLIENTS\" VALUES (9, 'Di', NULL, NULL, NULL, '2024-02-01 00:00:00')")
    report = run_import(address(theirs), tmp_path, ImportOptions(max_rejects=50))
    actions = next(one for one in report.sources if one.source == "followup_actions")
    assert (actions.read, actions.loaded, actions.rejected) == (3, 2, 1)
    assert report.first_rejects[0].startswith("FOLLOWUP_ACTIONS, line 3: followup_date is not a date or time")


def test_the_source_is_never_written_to(theirs: Engine, tmp_path: Path) -> None:
    execute(theirs, 'CREATE TABLE "STAFF" (x INTEGER)')
    database = open_database(address(theirs), tmp_path)
    with pytest.raises(SQLAlchemyError, match=r"read-?only"), database.engine.begin() as connection:
        connection.execute(text('INSERT INTO "STAFF" VALUES (1)'))
    database.close()


def test_a_source_that_vanishes_publishes_nothing(theirs: Engine, tmp_path: Path) -> None:
    execute(theirs, MANAGER)
    run_import(address(theirs), tmp_path)
    before = generations.current_file(tmp_path)

    def vanish(what: str, _done: int, _total: int) -> None:
        if what == "Reading INTERACTIONS":
            with create_engine(address(theirs), poolclass=NullPool).begin() as connection:
                connection.execute(text('DROP TABLE "INTERACTIONS"'))

    with pytest.raises(errors.BadFile, match=r"cannot be read.*Nothing was published"):
        run_import(address(theirs), tmp_path, ImportOptions(progress=vanish))
    assert generations.current_file(tmp_path) == before


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "must be a database URL"),
        ("sqlite:///nowhere/at/all.db", "does not exist"),
        ("oracle+oracledb://u:p@host/x", "pip install oracledb"),
    ],
)
def test_a_wrong_url_says_so(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(errors.NoSuchPath, match=words):
        run_import(url, tmp_path)
