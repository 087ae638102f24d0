"""Arrays of numbers to columns of text, without a Python loop over rows."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_layer.synthetic.scope import DAY, Bool, Int, Real, to_utc

Column = Any  # pa.Array: pyarrow has no types to check
_FIRST_DAY: Final = np.datetime64("1900-01-01", "D")
_LAST_DAY: Final = np.datetime64("2101-01-01", "D")
Bytes = npt.NDArray[np.uint8]


def _digits(values: Int, width: int) -> Bytes:
    out = np.empty((len(values), width), np.uint8)
    rest = values.copy()
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        out[:, place] = digit + 48
    return out


def _fixed(matrix: Bytes, valid: Bool | None = None) -> Column:
    rows, width = matrix.shape
    offsets = np.arange(0, (rows + 1) * width, max(width, 1), dtype=np.int32)[: rows + 1]
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(matrix))
    return pa.Array.from_buffers(pa.string(), rows, [bitmap, pa.py_buffer(offsets), data])


def idents(prefix: str, numbers: Int, width: int, valid: Bool | None = None) -> Column:
    """``prefix`` and the number padded with zeros to ``width`` digits."""
    head = np.frombuffer(prefix.encode(), np.uint8)
    matrix = np.empty((len(numbers), len(head) + width), np.uint8)
    matrix[:, : len(head)] = head
    matrix[:, len(head) :] = _digits(numbers, width)
    return _fixed(matrix, valid)


@lru_cache(maxsize=1)
def _dates() -> Bytes:
    text = np.datetime_as_string(np.arange(_FIRST_DAY, _LAST_DAY)).astype("S10")
    return text.view(np.uint8).reshape(-1, 10)


@lru_cache(maxsize=1)
def _times() -> Bytes:
    seconds = np.arange(DAY)
    out = np.full((DAY, 10), ord(":"), np.uint8)
    out[:, 0], out[:, 9] = ord("T"), ord("Z")
    for place, part in ((1, seconds // 3600), (4, seconds // 60 % 60), (7, seconds % 60)):
        out[:, place : place + 2] = _digits(part, 2)
    return out


def days(numbers: Int, valid: Bool | None = None) -> Column:
    """Dates as ``2026-03-05``; empty where ``valid`` is false."""
    at = np.clip(numbers - int(_FIRST_DAY.astype(np.int64)), 0, len(_dates()) - 1)
    return _fixed(_dates()[at], valid)


def moments(local: Int, latest: int) -> Column:
    """Local seconds as ``2026-03-05T19:23:11Z``; empty where later than ``latest``, for it has not happened."""
    valid = local <= latest
    utc = to_utc(np.where(valid, local, 0))
    matrix = np.empty((len(local), 20), np.uint8)
    matrix[:, :10] = _dates()[np.clip(utc // DAY - int(_FIRST_DAY.astype(np.int64)), 0, len(_dates()) - 1)]
    matrix[:, 10:] = _times()[utc % DAY]
    return _fixed(matrix, None if valid.all() else valid)


def cents(amounts: Int, valid: Bool | None = None) -> Column:
    """Whole cents as an exact decimal with two places."""
    pairs = np.empty((len(amounts), 2), np.int64)
    pairs[:, 0], pairs[:, 1] = amounts, amounts >> 63
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(amounts), [bitmap, pa.py_buffer(pairs)])


def tenths(values: Real, valid: Bool | None = None) -> Column:
    """Numbers with one place."""
    return pa.array(np.round(values, 1), mask=None if valid is None else ~valid)


def whole(values: Int, valid: Bool | None = None) -> Column:
    """Whole numbers; empty where ``valid`` is false."""
    return pa.array(values, mask=None if valid is None else ~valid)


def flags(values: Bool) -> Column:
    """``true`` and ``false``."""
    return pa.array(values)


def pick(pool: Sequence[str | None], index: Int, valid: Bool | None = None) -> Column:
    """``pool[index]``, as text; empty where ``valid`` is false."""
    codes = pa.array(index.astype(np.int32), mask=None if valid is None else ~valid)
    return pa.DictionaryArray.from_arrays(codes, pa.array(pool, pa.string()))


def take(column: Column, index: Int, valid: Bool | None = None) -> Column:
    """``column[index]``; empty where ``valid`` is false."""
    return column.take(pa.array(index, mask=None if valid is None else ~valid))
