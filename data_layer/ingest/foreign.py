"""What there is to read from: the files of a folder or an archive, and the sheets of workbooks."""

import errno
import shutil
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data_layer.ingest.errors import UNREADABLE, BadFile, one_line
from data_layer.ingest.mapping.rules import TableRule
from data_layer.ingest.readers import CsvReader, Reader
from data_layer.ingest.spooled import ParquetReader, spool_file
from data_layer.ingest.workbook import open_sheet, sheet_names

SPARE_BYTES = 256 << 20
"""What unpacking leaves free on the disk."""

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
HEAD_BYTES = 1 << 16
FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
BOOK_ENDINGS = (".xlsx", ".xlsm")
ENDINGS = (*TEXT_ENDINGS, *(f"{ending}.gz" for ending in TEXT_ENDINGS), *BOOK_ENDINGS, ".parquet")


class Foreign(Protocol):
    """A file, a sheet or a database table that a table of ours may be read from."""

    @property
    def name(self) -> str:
        """What a mapping calls it, and messages."""

    @property
    def table_name(self) -> str:
        """The name that may be that of one of our tables, in lower case; empty where it cannot be."""

    @property
    def size(self) -> int:
        """Bytes, or what else tells big from small."""

    @property
    def line_bytes(self) -> float | None:
        """How long a row is, about; None where its first lines do not tell."""

    @property
    def stamp(self) -> tuple[int, ...]:
        """Differs when the file was changed or is gone; empty where there is no telling."""

    def open(self, known: Collection[str], rule: TableRule | None) -> Reader:
        """Find its columns.  BadFile where it cannot be read."""


@dataclass(frozen=True)
class ForeignFile:
    """A file.  ``spools``: where a workbook's rows are kept for a while."""

    path: Path
    spools: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def table_name(self) -> str:
        name = self.path.name.lower()
        return bare_name(name) if name.endswith(ENDINGS) else ""

    @property
    def is_workbook(self) -> bool:
        """Whether it has sheets."""
        return self.path.name.lower().endswith(BOOK_ENDINGS)

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def line_bytes(self) -> float | None:
        if not self.path.name.lower().endswith(TEXT_ENDINGS):
            return None
        with self.path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return len(head) / max(head.count(b"\n"), 1)

    @property
    def stamp(self) -> tuple[int, ...]:
        try:
            about = self.path.stat()
        except OSError:
            return (-1,)
        return about.st_ino, about.st_size, about.st_mtime_ns

    def open(self, known: Collection[str], rule: TableRule | None) -> Reader:
        if self.is_workbook:
            return self.sheet(rule.sheet if rule and rule.sheet else self._own_sheet(), rule)
        if self.path.name.lower().endswith(".parquet"):
            return ParquetReader.open(self.path)
        delimiter, encoding, header = (rule.delimiter, rule.encoding, rule.header) if rule else (None, None, None)
        # Of the whole path: a folder and the archives in it may have files of one name.
        spool = spool_file(self.spools, ".csv", str(self.path), delimiter, encoding, header)
        return CsvReader.open(self.path, known, delimiter, encoding, spool, header)

    def _own_sheet(self) -> str | None:
        """The sheet that has the name of the file, as that of a table; None where the first one is meant."""
        named = (name for name in sheet_names(self.path) if name.strip().lower() == self.table_name)
        return next(named, None)

    def sheet(self, sheet: str | None, rule: TableRule | None) -> Reader:
        """A sheet of a workbook, the first for None."""
        header = rule.header if rule else None
        return open_sheet(self.path, sheet, spool_file(self.spools, ".parquet", str(self.path), sheet, header), header)


@dataclass(frozen=True)
class ForeignSheet:
    """A sheet of a workbook whose own name is not that of a table."""

    file: ForeignFile
    sheet: str

    @property
    def name(self) -> str:
        return f"{self.file.name}#{self.sheet}"

    @property
    def table_name(self) -> str:
        return self.sheet.strip().lower()

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def line_bytes(self) -> float | None:
        return None

    @property
    def stamp(self) -> tuple[int, ...]:
        return self.file.stamp

    def open(self, known: Collection[str], rule: TableRule | None) -> Reader:
        return self.file.sheet(self.sheet, rule)


@dataclass(frozen=True)
class ForeignFolder:
    """A folder inside: it is told of, and not looked into."""

    path: Path

    @property
    def name(self) -> str:
        return f"{self.path.name}/"

    @property
    def table_name(self) -> str:
        return ""

    @property
    def size(self) -> int:
        return 0

    @property
    def line_bytes(self) -> float | None:
        return None

    @property
    def stamp(self) -> tuple[int, ...]:
        return ()

    def open(self, known: Collection[str], rule: TableRule | None) -> Reader:
        raise BadFile(f"{self.name} is a folder, which is not looked into; give it as the path, or move its files.")


def bare_name(name: str) -> str:
    """A file's name without the ending of its format."""
    return next((name[: -len(ending)] for ending in ENDINGS if name.lower().endswith(ending)), name)


def files_of(path: Path, scratch: Path) -> list[ForeignFile | ForeignFolder]:
    """The files of a folder, of an archive, or the one file; archives are unpacked into ``scratch``."""
    found: list[ForeignFile | ForeignFolder] = []
    for file in _entries(path):
        if file.name.startswith("."):
            continue
        if file.is_dir():
            found.append(ForeignFolder(file))
        elif file.suffix.lower() == ".zip":
            found += [
                ForeignFile(member, scratch) for member in _unpacked(file, spool_file(scratch, ".zip", str(file)))
            ]
        else:
            found.append(ForeignFile(file, scratch))
    return found


def _entries(path: Path) -> list[Path]:
    """What is in a folder, or the one file.  A link to nothing is there too, so that it is missed where it is needed."""
    try:
        if not path.is_dir():
            return [path]
        return sorted(one for one in path.iterdir() if one.is_file() or one.is_dir() or one.is_symlink())
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error


def sheets_of(file: "ForeignFile | ForeignFolder") -> Iterator[ForeignSheet]:
    """The sheets of a workbook; none of another file."""
    if isinstance(file, ForeignFile) and file.is_workbook:
        yield from (ForeignSheet(file, name) for name in sheet_names(file.path))


def _refuse_too_large(archive: Path, files: zipfile.ZipFile, folder: Path) -> None:
    """BadFile where the disk has no room for what an archive says that it holds; more than that is never unpacked."""
    wanted, free = sum(member.file_size for member in files.infolist()), shutil.disk_usage(folder).free
    if wanted + SPARE_BYTES > free:
        raise BadFile(
            f"{archive.name} unpacks to {wanted / 1e6:,.0f} MB, and only {free / 1e6:,.0f} MB are free on the disk of "
            "the instance folder. Unpack it elsewhere, or make room."
        )


def _unpacked(archive: Path, folder: Path) -> Iterator[Path]:
    """The files in an archive under their bare names.  BadFile where it is broken, locked, or two share a name."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as files:
            _refuse_too_large(archive, files, folder)
            for member in files.infolist():
                target = folder / Path(member.filename.replace("\\", "/")).name
                if member.is_dir() or target.name.startswith(".") or member.filename.startswith("__MACOSX"):
                    continue
                if target.exists():
                    raise BadFile(
                        f"{archive.name} holds two files called {target.name}; unpack it and load one folder."
                    )
                with files.open(member) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                yield target
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, *UNREADABLE) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise BadFile(f"{archive.name} cannot be unpacked: {one_line(error)}.") from error
