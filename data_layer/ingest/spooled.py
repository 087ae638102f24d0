"""Readers of what is no text file: Parquet as it is; workbooks and databases by way of a Parquet file of text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data_layer.ingest.csv_samples import Sample
from data_layer.ingest.errors import BadFile, one_line
from data_layer.ingest.readers import Straight
from data_layer.ingest.sql import literal, quoted

Row = tuple[int, Sequence[str | None]]
CHUNK_ROWS = 20_000
LINE = "_line"


def spool_file(folder: Path, ending: str, *parts: object) -> Path:
    """Where something is kept for a while that ``parts`` tell apart from all else: names may be the same, or too long."""
    return folder / f"{blake2b(repr(parts).encode(), digest_size=16).hexdigest()}{ending}"


@dataclass(frozen=True)
class ParquetReader:
    """A Parquet file.  ``label`` names it in messages; a column ``_line`` that a spool wrote gives the lines."""

    path: Path
    label: str
    columns: tuple[str, ...]
    has_lines: bool = False

    @classmethod
    def open(cls, path: Path) -> "ParquetReader":
        """BadFile where it is no Parquet file."""
        try:
            names = tuple(pq.read_schema(path).names)
        except (OSError, pa.ArrowException) as error:
            raise BadFile(f"{path.name} is not a Parquet file that can be read: {one_line(error)}.") from error
        return cls(path, path.name, names)

    @property
    def name(self) -> str:
        return self.label

    @property
    def likely_header(self) -> int | None:
        return None

    def notes(self) -> tuple[str, ...]:
        return ()

    def refuse_unusable(self, wanted: tuple[int, ...]) -> None:
        pass

    def scan(self) -> str | None:
        texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(self.columns))
        return f"(SELECT {texts} FROM read_parquet({literal(str(self.path))}))"

    def straight(self) -> Straight | None:
        return None

    def alone(self) -> "ParquetReader":
        return self

    def samples(self, copied: bool) -> Iterator[Sample] | None:
        return None

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        raise BadFile(f"{self.name}: the file is broken and cannot be read.")
        yield

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        return (text for _, text in self.located(first for first, _ in spans))

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        line = quoted(LINE) if self.has_lines else "row_number() OVER ()"
        names = ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '')" for name in self.columns)
        with duckdb.connect() as con:
            rows = con.execute(f"SELECT {line}, concat_ws(',', {names}) FROM read_parquet({literal(str(self.path))})")
            number = 0
            row: tuple[int, str] | None = None
            for wanted in records:
                while number < wanted:
                    row = rows.fetchone()
                    number += 1
                if row is not None:
                    yield int(row[0]), str(row[1])


@dataclass(frozen=True)
class SpooledReader:
    """Rows that some code yields, written to ``file`` once, when they are first wanted."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    file: Path
    likely_header: int | None = None

    def notes(self) -> tuple[str, ...]:
        return ()

    def refuse_unusable(self, wanted: tuple[int, ...]) -> None:
        pass

    def scan(self) -> str | None:
        return self._spooled().scan()

    def straight(self) -> Straight | None:
        return None

    def alone(self) -> "SpooledReader":
        return self

    def samples(self, copied: bool) -> Iterator[Sample] | None:
        return None

    def batches(self, wanted: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        return self._spooled().batches(wanted)

    def raw(self, spans: Iterator[tuple[int, int]]) -> Iterator[str]:
        return self._spooled().raw(spans)

    def located(self, records: Iterator[int]) -> Iterator[tuple[int, str]]:
        return self._spooled().located(records)

    def _spooled(self) -> ParquetReader:
        # Columns by number: a foreign table may have two of one name.
        names = tuple(f"c{index}" for index in range(len(self.columns)))
        if not self.file.exists():
            half = self.file.with_suffix(".half")
            write_rows(half, names, self.rows())
            half.rename(self.file)
        return ParquetReader(self.file, self.name, names, has_lines=True)


def write_rows(path: Path, names: tuple[str, ...], rows: Iterator[Row]) -> None:
    """Write rows of text with their lines to a Parquet file, a chunk at a time."""
    schema = pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in names)])
    chunk: list[Row] = []

    def table() -> pa.Table:
        columns = zip(*(values for _, values in chunk), strict=True) if chunk else [()] * len(names)
        data = [pa.array([line for line, _ in chunk], pa.int64()), *(pa.array(v, pa.string()) for v in columns)]
        return pa.Table.from_arrays(data, schema=schema)

    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema) as writer:
        for row in rows:
            chunk.append(row)
            if len(chunk) >= CHUNK_ROWS:
                writer.write_table(table())
                chunk.clear()
        writer.write_table(table())
