"""Values of workbooks and databases as the text that a CSV file would have.

The same key must give the same text whichever type a driver makes of it: 7, 7.0, Decimal("7.00").
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

_ERRORS = ("#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
# What MySQL holds where a date may not be missing.
_NO_DATE = ("0000-00-00", "0000-00-00 00:00:00")
_BITS = {b"\x00": "0", b"\x01": "1"}


def as_text(value: object, midnight_is_day: bool = False) -> str | None:
    """ISO dates and times, plain numbers, true and false, bytes in hex; None for nothing.

    ``midnight_is_day``: a cell of a workbook with a date holds its midnight.  Of a large object the text is read.
    """
    if hasattr(value, "read"):
        value = value.read()
    if value is None or (isinstance(value, str) and value in (*_ERRORS, *_NO_DATE)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | float):
        return _number(value)
    if isinstance(value, datetime | date | time | timedelta):
        return _moment(value, midnight_is_day)
    if isinstance(value, bytes | bytearray | memoryview):
        return _BITS.get(bytes(value), bytes(value).hex())
    return str(value)


def _number(value: Decimal | float) -> str | None:
    """Without exponent and without zeros behind the point that say nothing; None for what is no number."""
    if value != value:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    # A float by its shortest text, as it may not be exactly what it stands for.
    text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: date | time | timedelta, midnight_is_day: bool) -> str:
    if isinstance(value, datetime):
        midnight = midnight_is_day and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        total = int(value.total_seconds())
        minutes, seconds = divmod(abs(total), 60)
        return f"{'-' if total < 0 else ''}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value.isoformat()
