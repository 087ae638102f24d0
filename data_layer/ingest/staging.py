"""Read, map, validate and stage one file: typed rows into a staged table, the rest into the rejects file."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from data_layer.ingest import conversion, formats, raw_rows
from data_layer.ingest.agreement import Agreement, Place
from data_layer.ingest.attempt import Attempt, take_back_from
from data_layer.ingest.csv_samples import Sample
from data_layer.ingest.csv_straight import Problem
from data_layer.ingest.errors import UNREADABLE, BadFile, one_line
from data_layer.ingest.lenient import Lenient, nested
from data_layer.ingest.matching import Field, Mapped
from data_layer.ingest.options import ImportOptions, listed
from data_layer.ingest.raw_rows import CHECKED, RAW, SHAPED
from data_layer.ingest.readers import Reader
from data_layer.ingest.rejects import Reject, write_rejects
from data_layer.ingest.row_order import OutOfOrder, is_kept
from data_layer.ingest.sources import SourceTable
from data_layer.ingest.sql import literal, quoted
from data_layer.ingest.whole_keys import drop_empty_decimals


@dataclass(frozen=True)
class Staged:
    """Rows of one file: ``loaded + rejected == read``.  ``left_out``: rows besides those, as the mapping wants it."""

    read: int
    loaded: int
    rejected: int
    left_out: int = 0
    notes: tuple[str, ...] = ()


class Stager:
    """Stages files into tables of one connection and writes what it turns away to one rejects file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, options: ImportOptions, rejects: Path) -> None:
        self._con = con
        self._options = options
        self._zone = options.zone
        self._rejects = rejects

    def stage(
        self, reader: Reader, mapped: Mapped, target: str, agreement: Agreement | None = None, number: int = 0
    ) -> Staged:
        """Append the file's good rows to ``target``, in the file's order.

        ``agreement``: with the other files that are written alike, of which it is the one of that ``number``.  Unsettled,
        and nothing changed, where these must be looked at first.
        """
        place = Place(agreement or Agreement(mapped.table), number)
        with _readable(reader):
            reader.refuse_unusable(mapped.uses)
            # A key made of what a row holds is counted over the whole file, and so cannot be looked up.
            if mapped.shape.content_key:
                reader = reader.alone()
            first = self._count(target)
            try:
                staged = self._stage(reader, mapped, target, place)
            except OutOfOrder:
                staged = self._stage(reader.alone(), mapped, target, place)
            whole = drop_empty_decimals(self._con, mapped.table, target, first)
            return replace(staged, notes=(*staged.notes, *whole))

    def look(self, reader: Reader, mapped: Mapped, agreement: Agreement, number: int) -> None:
        """Add to the agreement what the file says of how it is written; nothing of it is staged."""
        with _readable(reader):
            raw_rows.fill(self._con, reader, mapped, is_regular=True)
            self._look(reader, mapped, Place(agreement, number))
            raw_rows.drop(self._con)

    def taking_back(self, table: SourceTable, target: str) -> Callable[[], None]:
        """What takes back all that is staged in ``target``, and rejected, from now on."""
        first = self._count(target)
        written = self._rejects.stat().st_size if self._rejects.exists() else 0

        def take_back() -> None:
            take_back_from(self._con, table, target, first)
            if written:
                os.truncate(self._rejects, written)
            else:
                self._rejects.unlink(missing_ok=True)

        return take_back

    def _stage(self, reader: Reader, mapped: Mapped, target: str, place: Place) -> Staged:
        """The first way that works: the file in one pass, its rows with care, the same of a plain copy, line by line."""
        done, is_regular = None, True
        if self._can_be_quick(mapped, place):
            done, is_regular = self._quick(reader, mapped, target)
        if done:
            numbers = (field.column.name for field in mapped.fields if field.value is not None and field.is_number)
            place.agreement.read_quickly(place.number, numbers)
            return done
        samples, by_record = raw_rows.fill(self._con, reader, mapped, is_regular)
        return self._careful(reader, samples, mapped, target, by_record, place)

    def _can_be_quick(self, mapped: Mapped, place: Place) -> bool:
        # Counting for such a key loses the order, unless rows are numbered first.
        return not (
            mapped.shape.content_key
            or place.agreement.knows(place.number)
            or any(self._declared(mapped, field) or self._sign(field) == "," for field in mapped.fields)
        )

    def _quick(self, reader: Reader, mapped: Mapped, target: str) -> tuple[Staged | None, bool]:
        """The file, or a plain copy of it, in one pass; and where that is not done, whether it need not be copied."""
        scan = reader.scan()
        if scan is not None:
            done, is_regular = self._fast(scan, reader.samples(copied=False), mapped, target)
            if done or is_regular:
                return done, is_regular
        copy = reader.straight()
        if copy is not None and copy.problems is not None:
            done, _ = self._fast(copy.regular, reader.samples(copied=True), mapped, target)
            if done:
                return self._with_problems(done, reader, mapped, copy.problems), False
        return None, False

    def _declared(self, mapped: Mapped, field: Field) -> str | None:
        """The date format that was declared for a column that the file has."""
        if field.value is None:
            return None
        return self._options.date_formats.get(f"{mapped.table.name}.{field.column.name}", field.date_format)

    def _sign(self, field: Field) -> str | None:
        """The decimal sign that was declared for a column of numbers."""
        return (field.decimal or self._options.decimal) if field.is_number else None

    def _fast(
        self, scan: str, samples: Iterator[Sample] | None, mapped: Mapped, target: str
    ) -> tuple[Staged | None, bool]:
        """All of the file in one pass, or None and nothing changed where any row is not perfectly regular.

        And whether it is worth while to read it in the same way once more: values did not convert, but rows were rows.
        """
        values = [
            value
            for field in mapped.fields
            for value in (
                conversion.empty_values(field.column)
                if field.value is None
                else conversion.strict(field.column, field.value, field.zone or self._zone, field.scale)
            )
        ]
        select = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in values)
        con = self._con
        attempt = Attempt(con, mapped.table, target)
        try:
            con.execute(f"INSERT INTO {target} BY NAME SELECT {select} FROM ({mapped.shape.over(scan, careful=False)})")
            doubt = conversion.doubtful(mapped.table, mapped.present)
            row = con.execute(
                f"SELECT count(*), count(*) FILTER ({doubt}) FROM {target} WHERE rowid >= {attempt.before}"
            ).fetchone()
            left_out, notes = self._left_out(scan, mapped, False), self._told(scan, mapped, False)
        except duckdb.Error as error:
            attempt.take_back()
            raw_rows.raise_if_serious(error)
            return None, not isinstance(error, duckdb.InvalidInputException)
        if row is None or row[1]:
            attempt.take_back()
            return None, True
        self._keep_if_ordered(samples, mapped, target, attempt)
        return Staged(int(row[0]), int(row[0]), 0, left_out, notes), True

    def _with_problems(self, done: Staged, reader: Reader, mapped: Mapped, problems: tuple[Problem, ...]) -> Staged:
        """What was staged, and the records that could not be, which go into the rejects file."""
        if not problems:
            return done
        rejects = [Reject(one.first, one.last, "", one.words) for one in problems]
        write_rejects(self._rejects, mapped.table.name, reader, rejects, by_record=False)
        return replace(done, read=done.read + len(problems), rejected=len(problems))

    def _keep_if_ordered(self, samples: Iterator[Sample] | None, mapped: Mapped, target: str, attempt: Attempt) -> None:
        """Keep the rows.  OutOfOrder, and nothing changed, where their order is not sure."""
        if samples is not None and not is_kept(self._con, samples, mapped, target, attempt.before):
            attempt.take_back()
            raise OutOfOrder
        attempt.keep()

    def _left_out(self, base: str, mapped: Mapped, careful: bool) -> int:
        """How many shaped rows do not meet the mapping's conditions."""
        if not mapped.shape.conditions:
            return 0
        every, kept = (
            self._con.execute(f"SELECT count(*) FROM ({mapped.shape.over(base, careful, filtered)})").fetchone()
            for filtered in (False, True)
        )
        assert every is not None
        assert kept is not None
        return int(every[0]) - int(kept[0])

    def _told(self, base: str, mapped: Mapped, careful: bool) -> tuple[str, ...]:
        """The mapping's tallies in words, the most frequent values by name."""
        notes = []
        for tally in mapped.tallies:
            rows = self._con.execute(
                f"SELECT {tally.value} AS said, count(*) AS n FROM ({mapped.shape.over(base, careful)}) "
                "GROUP BY said HAVING said IS NOT NULL ORDER BY n DESC, said"
            ).fetchall()
            if rows:
                notes.append(f"{tally.what}: {listed(rows)}.")
        return tuple(notes)

    def _careful(
        self,
        reader: Reader,
        samples: Iterator[Sample] | None,
        mapped: Mapped,
        target: str,
        by_record: bool,
        place: Place,
    ) -> Staged:
        """Convert the rows in RAW one by one.  ``by_record``: their ``_line`` is the number of their record."""
        con = self._con
        self._look(reader, mapped, place)
        self._check_rows(mapped, self._decided(mapped, place))
        names = ", ".join(quoted(name) for name, _ in conversion.staged_columns(mapped.table))
        # The database keeps the order of rows but for those of a window; sorting costs a fifth of everything.
        order = " ORDER BY _line" if mapped.shape.content_key else ""
        attempt = Attempt(con, mapped.table, target)
        con.execute(f"INSERT INTO {target} BY NAME SELECT {names} FROM {CHECKED} WHERE _reason IS NULL{order}")
        self._keep_if_ordered(samples, mapped, target, attempt)
        read, rejected = self._counts()
        left_out, notes = self._left_out(RAW, mapped, True), self._told(RAW, mapped, True)
        if rejected:
            write_rejects(self._rejects, mapped.table.name, reader, self._found_rejects(), by_record)
        raw_rows.drop(con)
        return Staged(read, read - rejected, rejected, left_out, notes)

    def _look(self, reader: Reader, mapped: Mapped, place: Place) -> None:
        """Shape the rows in RAW, and add to the agreement what they say."""
        self._con.execute(f"CREATE OR REPLACE TEMP VIEW shaped_rows AS {mapped.shape.over(RAW, careful=True)}")
        if not place.agreement.knows(place.number):
            there = [field for field in mapped.fields if field.value is not None]
            said = {
                field.column.name: formats.look(
                    self._con, SHAPED, field, self._declared(mapped, field), self._sign(field)
                )
                for field in there
            }
            place.agreement.add(place.number, reader.name, said)

    def _decided(self, mapped: Mapped, place: Place) -> list[Lenient]:
        """How each column that the file has is written."""
        forms = place.agreement.formats(place.number)
        return [
            Lenient(field.column, field.value, index, field.zone or self._zone, forms[field.column.name], field.scale)
            for index, field in enumerate(mapped.fields)
            if field.value is not None
        ]

    def _check_rows(self, mapped: Mapped, columns: list[Lenient]) -> None:
        """Convert every row once and note the first column that is wrong with it, and why."""
        absent = [v for field in mapped.fields if field.value is None for v in conversion.empty_values(field.column)]
        names = [quoted(name) for name, _ in conversion.staged_columns(mapped.table) if name not in dict(absent)]
        values = [*names, *(f"{expression} AS {quoted(name)}" for name, expression in absent)]
        cases = "".join(
            f" WHEN {test} THEN {literal(f'{item.column.name}|{why}')}"
            for item in columns
            for test, why in item.tests()
        )
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE checked_rows AS SELECT _line, _end, {', '.join(values)}, "
            f"CASE WHEN _problem IS NOT NULL THEN '|' || _problem{cases} END AS _reason FROM ({nested(SHAPED, columns)})"
        )

    def _counts(self) -> tuple[int, int]:
        row = self._con.execute(f"SELECT count(*), count(_reason) FROM {CHECKED}").fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def _count(self, table: str) -> int:
        row = self._con.execute(f"SELECT coalesce(max(rowid) + 1, 0) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def _found_rejects(self) -> list[Reject]:
        rows = self._con.execute(
            f"SELECT _line, coalesce(_end, _line), _reason FROM {CHECKED} WHERE _reason IS NOT NULL ORDER BY _line"
        ).fetchall()
        return [Reject(int(first), int(last), *str(reason).split("|", 1)) for first, last, reason in rows]


@contextmanager
def _readable(reader: Reader) -> Iterator[None]:
    """BadFile where the file cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise BadFile(f"{reader.name}: cannot be read ({one_line(error)}).") from error
    except duckdb.IOException as error:
        if "read" in str(error):  # the file is to blame, and not the disk that is written to
            raise BadFile(f"{reader.name}: cannot be read ({one_line(error)}).") from error
        raise
