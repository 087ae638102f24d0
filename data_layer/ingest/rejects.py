"""The rejects file: every row that was turned away, with its line, the column, the reason and its text."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_layer.ingest.errors import TooManyRejects
from data_layer.ingest.options import LoadReport
from data_layer.ingest.readers import Reader

COLUMNS = ("source", "file", "line", "column", "reason", "raw")


@dataclass(frozen=True)
class Reject:
    """One row turned away: its first and last line, or twice the number of its record."""

    first: int
    last: int
    column: str
    reason: str


def write_rejects(path: Path, source: str, reader: Reader, rejects: list[Reject], by_record: bool) -> None:
    """Append to the rejects file.  ``by_record``: the rejects know their records and not yet their lines.

    ``rejects`` must rise; several may come from one row.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    spans = dict.fromkeys((reject.first, reject.last) for reject in rejects)
    found: Iterator[tuple[int, str]]
    if by_record:
        found = reader.located(first for first, _ in spans)
    else:
        found = zip((first for first, _ in spans), reader.raw(iter(spans)), strict=True)
    here = zip(spans, found, strict=True)
    span: tuple[int, int] | None = None
    line, text = 0, ""
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(COLUMNS)
        for reject in rejects:
            if span != (reject.first, reject.last):
                span, (line, text) = next(here)
            writer.writerow((source, reader.name, line, reject.column, reject.reason, text))


def rows(path: Path) -> Iterator[list[str]]:
    """The rows of a rejects file, as in :data:`COLUMNS`, one by one."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines, None)
        yield from lines


def first_rejects(path: Path, most: int = 5) -> list[str]:
    """The first rows of a rejects file in words."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [
            f"{row['file']}, line {row['line']}: {row['column']} {row['reason']}: {row['raw'][:200]}"
            for row, _ in zip(rows, range(most), strict=False)
        ]


def refuse_too_many(report: LoadReport, most: float) -> None:
    """TooManyRejects where a table lost more percent of its rows than allowed; all of them is never allowed.

    Of a table that is read from a watermark on, the rows of before count too: a newest row that is wrong is read again
    with every import, and often alone.
    """
    problems = []
    hint = "; --max-rejects raises the limit."
    for source in report.sources:
        rows = source.read + source.before
        share = 100 * source.rejected / rows if rows else 0.0
        if source.read and not source.loaded and not source.before:
            problems.append(f"{source.source}: all {source.read:,} rows were rejected.")
            hint = "."  # which no limit allows
        elif share > most:
            problems.append(
                f"{source.source}: {source.rejected:,} of {source.read:,} rows ({share:.2f} %) were rejected; "
                f"the limit is {most:g} %."
            )
    if problems:
        reasons = f"The reasons are in {report.rejects_file}{hint}"
        raise TooManyRejects("\n".join([*problems, reasons]))
