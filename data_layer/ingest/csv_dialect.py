"""Which encoding, delimiter and columns a CSV file has."""

import codecs
import csv
import gzip
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from data_layer.ingest.errors import UNREADABLE, BadFile, one_line
from data_layer.ingest.header import HEAD_ROWS, likely_header

DELIMITERS = (",", ";", "\t", "|")
HEAD_BYTES = 1 << 18
CHUNK_BYTES = 1 << 22
_HINT = re.compile(r'\s*"?sep=.?"?\s*', re.IGNORECASE)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Dialect:
    """How a file is written.  ``encoding`` "utf-8" is an assumption until the whole file was seen.

    ``starts_late``: empty lines, or one that names the delimiter, come before the header, or this takes several lines.
    ``is_declared``: somebody said the encoding.  ``above``: the lines above the header that are left out.
    ``likely_header``: the line in which the names are rather.
    """

    encoding: str
    delimiter: str
    starts_late: bool = False
    is_declared: bool = False
    above: int = 0
    likely_header: int | None = None


def is_hint(line: str) -> bool:
    """Whether a first line is Excel's ``sep=;``, which names the delimiter and is no header."""
    return _HINT.fullmatch(line) is not None


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unzipped where its name ends in .gz."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def detect(
    path: Path,
    known: Collection[str],
    delimiter: str | None = None,
    encoding: str | None = None,
    header_line: int | None = None,
) -> tuple[Dialect, tuple[str, ...]]:
    """Dialect and column names of a file, in which ``known`` names (lower case) are hoped for.

    ``header_line``: where the names are, if not in the first line that is not empty.  BadFile where there is no header
    to read, or the bytes are those of another format.
    """
    encoding, text = _decoded(path, declared := encoding)
    body = text.lstrip("\r\n")
    first, _, rest = body.partition("\n")
    hinted = is_hint(first)
    if hinted:
        delimiter, body = delimiter or (first.strip().strip('"')[4:] or ","), rest.lstrip("\r\n")
    above = (header_line or 1) - 1
    if header_line:
        body = "".join(_lines(text)[above:])
    if not body.strip() or (header_line and body[0] in "\r\n"):
        place = f"line {header_line} is empty, and the mapping says that" if header_line else "the file is empty;"
        what = "the column names are there" if header_line else "it must at least have a line with column names"
        raise BadFile(f"{path.name}: {place} {what}.")
    wanted = (delimiter,) if delimiter else DELIMITERS
    delimiter, header = _header(body, known, wanted)
    columns = tuple(name.strip() for name in header)
    if any(_NOT_TEXT.search(name) for name in columns):
        raise BadFile(f"{path.name} does not begin like a text file. If it is one, say its encoding in a mapping.")
    is_tall = any(sign in name for name in header for sign in "\r\n")  # the database would take it for all there is
    starts_late = hinted or text[0] in "\r\n" or is_tall or above > 0
    likely = None if header_line else _likely_header(text, (delimiter,) if sum(map(bool, columns)) > 1 else wanted)
    return Dialect(encoding, delimiter, starts_late, declared is not None, above, likely), columns


def _decoded(path: Path, encoding: str | None) -> tuple[str, str]:
    """The encoding, declared or found, and the first of the text.  BadFile where there is none."""
    try:
        with open_bytes(path) as file:
            head = file.read(HEAD_BYTES)
    except UNREADABLE as error:
        raise BadFile(f"{path.name}: cannot be read ({one_line(error)}).") from error
    _refuse_other_formats(path, head)
    encoding = _declared(path, encoding) if encoding else _encoding_of_head(head)
    try:
        return encoding, codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    except UnicodeError as error:
        raise BadFile(
            f"{path.name} is not in the encoding {encoding} ({one_line(error)}); another may be meant."
        ) from error


def _lines(text: str) -> list[str]:
    """The lines with their ends; where there are line feeds, a carriage return alone ends none."""
    return list(io.StringIO(text, newline="\n" if "\n" in text else ""))


def _likely_header(text: str, delimiters: tuple[str, ...]) -> int | None:
    """The line of the names, where the first one is rather a title; of several delimiters that which finds it first."""
    found = []
    for delimiter in delimiters:
        rows, before = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 0
        head: list[tuple[int, list[str]]] = []
        while len(head) < HEAD_ROWS and (row := next(rows, None)) is not None:
            if any(row) and not (before == 0 and is_hint(delimiter.join(row))):
                head.append((before + 1, row))
            before = rows.line_num
        found.append(likely_header(head))
    return min((line for line in found if line is not None), default=None)


SQLITE = b"SQLite format 3"
NO_DUCKDB = "export its tables, such as COPY clients TO 'clients.parquet', and import those"
_SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive: let its name end in .xlsx or .zip, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls): save it as .xlsx or CSV",
    b"PAR1": "a Parquet file: let its name end in .parquet",
    b"\x1f\x8b": "packed with gzip: let its name end in .csv.gz",
    b"%PDF": "a PDF: export the data behind it as CSV",
    SQLITE: "an SQLite database: give it as --source sqlite:///FILE",
}


def other_format(head: bytes) -> str | None:
    """What a file is that begins with those bytes, and what to do about it; None where it may be text."""
    if head[8:12] == b"DUCK":
        return f"a DuckDB database: {NO_DUCKDB}"
    return next((words for signature, words in _SIGNATURES.items() if head.startswith(signature)), None)


def _refuse_other_formats(path: Path, head: bytes) -> None:
    if words := other_format(head):
        raise BadFile(f"{path.name} is not CSV but {words}.")


def _declared(path: Path, encoding: str) -> str:
    try:
        "".encode(encoding)  # a codec such as hex makes no bytes of text
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise BadFile(f"{path.name}: there is no encoding {encoding!r}; try utf-8, utf-16 or cp1252.") from error


def _encoding_of_head(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 4 and head[1:4:2] == b"\0\0" and head[0] and head[2]:
        return "utf-16-le"
    if len(head) >= 4 and head[0:3:2] == b"\0\0" and head[1] and head[3]:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _header(text: str, known: Collection[str], delimiters: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The delimiter under which the first record names the most known columns, and the names as they stand there."""
    best: tuple[int, int] = (-1, -1)
    found: tuple[str, tuple[str, ...]] = (",", ())
    for delimiter in delimiters:
        row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        score = (len(set(known) & {name.strip().lower() for name in row}), len(row))
        if score > best:
            best, found = score, (delimiter, tuple(row))
    return found


@lru_cache(maxsize=256)
def _is_utf8(path: Path, _modified: float) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def settle_encoding(path: Path, dialect: Dialect) -> str:
    """The encoding of the whole file: what is not valid UTF-8 somewhere is Windows-1252 everywhere."""
    if dialect.encoding == "utf-8" and not _is_utf8(path, path.stat().st_mtime):
        return "cp1252"
    return dialect.encoding
