"""Days that are not 24 hours long, months of several lengths, weeks of two years, periods without data; each engine."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_layer.warehouse.engine import Generation
from tests.data.loading import load
from tests.data.small import ask, balance, contact, customers, small, split, trend, value
from tests.postgres import PostgresServer

HALF_HOUR = timedelta(minutes=30)


def _every_half_hour(prefix: int, first: str, last: str) -> list[dict[str, object]]:
    """Contacts in UTC, from the first moment until before the last."""
    at, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return [
        contact(prefix + step, "A", f"{(at + step * HALF_HOUR).isoformat()}Z")
        for step in range(int((end - at) / HALF_HOUR))
    ]


CONTACTS = [
    # 8–10 March and 1–3 November 2025 in New York, whole local days
    *_every_half_hour(1000, "2025-03-08T05:00:00", "2025-03-11T04:00:00"),
    *_every_half_hour(2000, "2025-11-01T04:00:00", "2025-11-04T05:00:00"),
    # the last and the first minute of months, local
    *(contact(n, "A", at) for n, at in enumerate((
        "2024-02-29 23:59", "2024-03-01 00:00", "2024-03-31 23:59:59", "2024-04-01 00:00", "2024-04-30 23:59",
        "2024-12-31 23:59", "2025-01-01 00:00",
    ))),
    # the week from 28 December belongs to two years, and is the 53rd of the first
    *(contact(100 + n, "A", at) for n, at in enumerate((
        "2020-12-27 12:00", "2020-12-28 12:00", "2020-12-31 12:00", "2021-01-01 12:00", "2021-01-03 12:00",
        "2021-01-04 12:00",
    ))),
]  # fmt: skip
BALANCES = [
    balance(1, "A", "P", "2025-01-31", 100.0, contributions_mtd=5),
    balance(2, "A", "P", "2025-02-28", 200.0, contributions_mtd=6),
    balance(3, "A", "P", "2025-03-31", 300.0, contributions_mtd=7),
]


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def data(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Generation]:
    """Contacts around clock changes, month ends and a new year; statements of three months."""
    url = postgres_server.create_database("traps_of_time") if request.param == "postgresql" else None
    tables = {"customers": customers("A"), "service_interactions": CONTACTS, "account_balances": BALANCES}
    found = small(tmp_path_factory.mktemp("home"), tables, url)
    yield found
    found.engine.dispose()


def test_the_short_and_the_long_day(data: Generation) -> None:
    assert split(data, "interactions", "2025-03-08", "2025-03-11", "day") == {
        "2025-03-08": 48, "2025-03-09": 46, "2025-03-10": 48,
    }  # fmt: skip
    assert split(data, "interactions", "2025-11-01", "2025-11-04", "day") == {
        "2025-11-01": 48, "2025-11-02": 50, "2025-11-03": 48,
    }  # fmt: skip


def test_the_hour_that_is_not_there_and_the_one_that_comes_twice(data: Generation) -> None:
    spring = split(data, "interactions", "2025-03-09", "2025-03-10", "hour")
    assert spring == {hour: 2 for hour in range(24) if hour != 2}
    autumn = split(data, "interactions", "2025-11-02", "2025-11-03", "hour")
    assert autumn == {hour: 4 if hour == 1 else 2 for hour in range(24)}
    assert split(data, "interactions", "2025-03-08", "2025-03-11", "weekday", {"hour": ("2",)}) == {
        "Saturday": 2, "Monday": 2,
    }  # fmt: skip


def test_the_last_minute_of_a_month_belongs_to_it(data: Generation) -> None:
    assert split(data, "interactions", "2024-02-01", "2024-05-01", "month") == {
        "2024-02-01": 1, "2024-03-01": 2, "2024-04-01": 2,
    }  # fmt: skip
    assert value(data, "interactions", "2024-02-29", "2024-03-01") == (1, 1)
    assert split(data, "interactions", "2024-12-31", "2025-01-02", "year") == {"2024-01-01": 1, "2025-01-01": 1}


def test_week_53_is_one_week_of_two_years(data: Generation) -> None:
    weeks = split(data, "interactions", "2020-12-21", "2021-01-11", "week")
    assert weeks == {"2020-12-21": 1, "2020-12-28": 4, "2021-01-04": 1}
    assert split(data, "interactions", "2020-12-21", "2021-01-11", "year") == {"2020-01-01": 3, "2021-01-01": 3}
    assert split(data, "interactions", "2021-01-01", "2021-01-11", "week") == {"2020-12-28": 2, "2021-01-04": 1}


def test_the_next_week_53(tmp_path: Path) -> None:
    days = [
        f"{day} 12:00" for day in ("2026-12-27", "2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04")
    ]
    rows = [contact(n, "A", day) for n, day in enumerate(days)]
    data = small(tmp_path, {"customers": customers("A"), "service_interactions": rows})
    assert split(data, "interactions", "2026-12-21", "2027-01-11", "week") == {
        "2026-12-21": 1, "2026-12-28": 4, "2027-01-04": 1,
    }  # fmt: skip
    data.engine.dispose()


def test_a_stock_is_that_of_the_buckets_last_day(data: Generation) -> None:
    assert split(data, "aum", "2025-01-01", "2025-04-01", "month") == {
        "2025-01-01": 100, "2025-02-01": 200, "2025-03-01": 300,
    }  # fmt: skip
    assert split(data, "aum", "2025-02-26", "2025-03-02", "day") == {
        "2025-02-26": 100, "2025-02-27": 100, "2025-02-28": 200, "2025-03-01": 200,
    }  # fmt: skip
    assert split(data, "aum", "2025-01-15", "2025-02-15", "quarter") == {"2025-01-01": 100}


def test_a_period_without_rows_is_nothing_and_one_without_a_source_unknown(data: Generation) -> None:
    assert value(data, "interactions", "2024-06-01", "2024-07-01") == (0, 0)
    assert value(data, "clients_handled", "2024-06-01", "2024-07-01") == (0, 0)
    assert value(data, "csat_rate", "2024-06-01", "2024-07-01") == (None, 0)
    assert value(data, "satisfaction_score", "2024-06-01", "2024-07-01") == (None, 0)
    assert value(data, "interactions", "2019-01-01", "2019-02-01")[0] is None
    assert value(data, "contributions", "2024-06-01", "2024-07-01")[0] is None  # before the first statement
    assert value(data, "aum", "2024-06-01", "2024-07-01")[0] is None
    missing = ask(data, "sent interactions", "2025-03-08", "2025-03-11")
    assert missing.missing == ("sent",)
    assert missing.value("sent") is None
    assert missing.value("interactions") == 142


def test_a_trend_is_complete_with_0_where_nothing_happened_and_gaps_where_nothing_is_known(data: Generation) -> None:
    months = trend(data, "interactions", "2024-02-01", "2024-07-01", "month")
    assert months == {"2024-02-01": 1, "2024-03-01": 2, "2024-04-01": 2, "2024-05-01": 0, "2024-06-01": 0}
    assert trend(data, "clients_handled", "2024-04-01", "2024-06-01", "month") == {"2024-04-01": 1, "2024-05-01": 0}
    paid = trend(data, "contributions", "2024-12-01", "2025-03-01", "month")
    assert math.isnan(paid.pop("2024-12-01"))
    assert paid == {"2025-01-01": 5, "2025-02-01": 6}
    scores = trend(data, "satisfaction_score", "2024-02-01", "2024-04-01", "month")
    assert all(math.isnan(score) for score in scores.values())
    assert len(scores) == 2


def test_clients_without_a_date_beside_others_are_told(tmp_path: Path) -> None:
    dated = {"client_id": "K1", "full_name": "Ann", "created_at": "2024-01-05"}
    report = load(tmp_path, {"clients": [dated, {"client_id": "K2"}, {"client_id": "K3"}]})
    told = "2 clients have no date at all, beside others that have, and can be counted on no day."
    assert told in report.warnings
    report = load(tmp_path, {"clients": [dated]}, replace=True, force=True)
    assert told not in report.warnings
