"""Values as drivers of databases and workbooks give them, as text."""

import io
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from data_layer.ingest.cells import as_text

NOON = datetime(2024, 1, 2, 12, 30)


@pytest.mark.parametrize("key", [7, 7.0, Decimal("7"), Decimal("7.00"), Decimal("0.07E+2"), "7"])
def test_a_key_is_the_same_text_whatever_type_it_has(key: Any) -> None:
    assert as_text(key) == "7"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"), (Decimal("0E-10"), "0"), (Decimal("-0.50"), "-0.5"), (Decimal("100"), "100"),
        (Decimal("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678"),  # NUMBER(38)
        (Decimal("NaN"), None), (float("nan"), None), (1e17, "100000000000000000"), (0.1, "0.1"), (-2.5, "-2.5"),
        (1e-05, "0.00001"), (-2.5e-07, "-0.00000025"), (1e18, "1000000000000000000"), (1e23, "1" + "0" * 23), (-0.0, "0"),
        (True, "true"), (False, "false"), (b"\x01", "1"), (b"\x00", "0"),  # a BIT of MySQL
        (b"\xca\xfe", "cafe"), (bytearray(b"ab"), "6162"), (memoryview(b"\x07"), "07"), (UUID(int=1), f"{UUID(int=1)}"),
        (NOON, "2024-01-02 12:30:00"), (datetime(2024, 1, 2), "2024-01-02 00:00:00"), (date(2024, 1, 2), "2024-01-02"),
        (NOON.replace(tzinfo=UTC), "2024-01-02 12:30:00+00:00"),
        (NOON.replace(tzinfo=timezone(-timedelta(hours=3, minutes=30))), "2024-01-02 12:30:00-03:30"),
        (time(9, 5), "09:05:00"), (timedelta(hours=25, seconds=5), "25:00:05"),  # a TIME of MySQL
        (timedelta(seconds=-90), "-0:01:30"), (timedelta(hours=-838, minutes=-59), "-838:59:00"), (timedelta(), "0:00:00"),
        ("0000-00-00", None), ("0000-00-00 00:00:00", None), ("#N/A", None), (None, None), ("", ""),
        (io.StringIO("a long text"), "a long text"),  # a CLOB
    ],
)  # fmt: skip
def test_values_as_csv_would_have_them(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def test_midnight_is_a_day_only_in_workbooks() -> None:
    assert as_text(datetime(2024, 1, 2), midnight_is_day=True) == "2024-01-02"
    assert as_text(NOON, midnight_is_day=True) == "2024-01-02 12:30:00"
