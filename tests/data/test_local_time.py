"""The clocks of a time zone in the build are those of the database's own conversion, and of Python's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.sources import BY_NAME
from data_layer.warehouse.build import Build
from data_layer.warehouse.build.local_time import MOST_CHANGES, changes, create_macros

ZONES = (
    "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
    "America/Sao_Paulo", "Asia/Kathmandu", "UTC", "America/St_Johns", "Europe/Moscow", "Asia/Tehran",
)  # fmt: skip
RECENT = (datetime(2005, 1, 1), datetime(2028, 12, 31))
LONG_AGO = (datetime(1850, 1, 1), datetime(2030, 1, 1))


def built(zone: str, first: datetime, last: datetime) -> Build:
    """A build over messages of two moments, with its macros."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; CREATE SCHEMA source; CREATE TABLE source.messages (sent_at TIMESTAMP)")
    con.execute("INSERT INTO source.messages VALUES (?), (NULL), (?)", [first, last])
    options = ImportOptions()
    build = Build(
        con, zone, options.active_days, options.balance_stale_days, options.reply_window_hours, "g", first, False, {}
    )
    create_macros(build, {"messages"})
    return build


def moments(build: Build, first: datetime, last: datetime) -> str:
    """A table of moments: every seven hours, and the seconds around each change of the clocks."""
    around = [
        found + timedelta(microseconds=micro)
        for found, _ in (changes(build, first, last) if first > LONG_AGO[0] else ())
        for micro in (-1_000_000, -1, 0, 1, 3_600_000_000)
        if first <= found + timedelta(microseconds=micro) <= last
    ]
    build.con.execute("CREATE TEMP TABLE moments AS SELECT unnest(?::TIMESTAMP[]) AS m", [around])
    build.con.execute("INSERT INTO moments SELECT unnest(generate_series(?, ?, INTERVAL 11 HOUR))", [first, last])
    return "moments"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span", [RECENT, LONG_AGO], ids=["recent", "long ago"])
def test_local_time_is_what_the_database_says(zone: str, span: tuple[datetime, datetime]) -> None:
    build = built(zone, *span)
    table = moments(build, *span)
    wrong = build.con.execute(
        f"SELECT m, local_time(m) FROM {table} WHERE local_time(m) IS DISTINCT FROM timezone('{zone}', timezone('UTC', m))"
    ).fetchall()
    assert wrong == []
    assert build.con.execute("SELECT local_time(NULL::TIMESTAMP)").fetchone() == (None,)


@pytest.mark.parametrize("zone", ZONES[:2])
def test_local_time_is_what_python_says(zone: str) -> None:
    build = built(zone, *RECENT)
    rows = build.con.execute(f"SELECT m, local_time(m) FROM {moments(build, *RECENT)}").fetchall()
    assert len(rows) > 15_000
    for moment, local in rows:
        assert local == moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_of_the_last_years_few_changes_are_known_and_compared_with() -> None:
    build = built("Europe/Berlin", datetime(2024, 1, 1), datetime(2026, 12, 31))
    found = changes(build, datetime(2024, 1, 1), datetime(2026, 12, 31))
    assert [moment for moment, _ in found[1:]] == [
        datetime(2024, 3, 31, 1), datetime(2024, 10, 27, 1), datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1),
        datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1),
    ]  # fmt: skip
    assert [ahead for _, ahead in found] == [3600, 7200, 3600, 7200, 3600, 7200, 3600]
    assert len(found) <= MOST_CHANGES


def test_every_source_table_with_moments_can_be_looked_through() -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; CREATE SCHEMA source")
    for table in BY_NAME.values():
        con.execute(create_staged(table, f"source.{table.name}"))
    build = Build(con, "Asia/Tokyo", 90, 45, 72, "g", datetime(2024, 5, 1), False, {})
    create_macros(build, set(BY_NAME))
    assert con.execute("SELECT local_time(TIMESTAMP '2024-05-01 12:00')").fetchone() == (datetime(2024, 5, 1, 21),)
