"""Which files of a folder, or tables of a database, hold which source table."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data_layer.ingest.csv_dialect import SQLITE, other_format
from data_layer.ingest.errors import BadFile, MappingError, NoSuchPath, NothingToLoad, did_you_mean, names_shown
from data_layer.ingest.foreign import ENDINGS, Foreign, ForeignFile, files_of, sheets_of
from data_layer.ingest.mapping.resolve import map_columns, names_in
from data_layer.ingest.mapping.rules import MappingFile
from data_layer.ingest.matching import Mapped, match_columns
from data_layer.ingest.readers import Reader
from data_layer.ingest.sources import BY_NAME, TABLES, SourceTable


@dataclass(frozen=True)
class Input:
    """One file to load: how to read it and which of its columns are which of ours.

    ``stamp``: what the file's own stamp was before anything of it was read.
    """

    reader: Reader
    mapped: Mapped
    size: int
    foreign: Foreign
    stamp: tuple[int, ...]

    @property
    def table(self) -> SourceTable:
        """The source table that the file holds."""
        return self.mapped.table


@dataclass(frozen=True)
class Found:
    """What there is to load, and the names of files that no table is named after."""

    inputs: tuple[Input, ...]
    ignored: tuple[str, ...]


def list_files(path: Path, scratch: Path) -> list[Foreign]:
    """The files to choose from.  A workbook that is not named after a table offers its sheets too."""
    if not path.exists():
        raise NoSuchPath(f"{path} does not exist. Give the folder, or the file, to import.")
    _refuse_other_formats(path)
    found: list[Foreign] = []
    for file in files_of(path, scratch):
        found.append(file)
        if file.table_name not in BY_NAME:
            found += [sheet for sheet in sheets_of(file) if sheet.table_name in BY_NAME]
    return found


def _refuse_other_formats(path: Path) -> None:
    """BadFile where the one file to import is a database, whatever it is called, or of another format."""
    if path.is_file() and os.access(path, os.R_OK):
        with path.open("rb") as file:
            head = file.read(len(SQLITE))
        if head.startswith(SQLITE):
            raise BadFile(f"{path} is an SQLite database. Give it as --source sqlite:///{path} instead.")
        is_other = not path.name.lower().endswith((*ENDINGS, ".zip"))
        if is_other and (words := other_format(head)):
            raise BadFile(f"{path} is {words}.")


def find_inputs(path: str, foreigns: Sequence[Foreign], mapping: MappingFile | None = None) -> Found:
    """What to load: first what the mapping names, then what has the name of a table of ours.

    Every problem of every file is named in one BadFile or MappingError.  ``path`` is for messages.
    """
    inputs: list[Input] = []
    taken: set[str] = set()
    if mapping is not None:
        inputs = _mapped_inputs(foreigns, mapping)
        taken = {name for item in inputs for name in (item.foreign.name, item.reader.name)}  # a sheet has both
    named = [(one, BY_NAME.get(one.table_name)) for one in foreigns if one.name not in taken]
    known = [(one, table) for one, table in named if table is not None]
    if not known and not inputs:
        raise NothingToLoad(
            f"No file or table in {path} has the name of a known table. Looked for: "
            f"{', '.join(table.name for table in TABLES)}; as files ending in {', '.join(ENDINGS)}. "
            f"There is: {names_shown([one.name for one in foreigns], 20)}. "
            "--mapping FILE loads files of any name; --suggest writes a first one."
        )
    problems: list[str] = []
    for one, table in known:
        try:
            stamp = one.stamp
            reader = one.open(table.names, None)
            inputs.append(Input(reader, match_columns(reader, table), one.size, one, stamp))
        except BadFile as error:
            problems.append(str(error))
    if problems:
        raise BadFile("\n".join(problems))
    ignored = [one.name for one, table in named if table is None and not _is_opened(one.name, inputs)]
    return Found(tuple(inputs), (*ignored, *_sheets_left(inputs, ignored)))


def _is_opened(name: str, inputs: list[Input]) -> bool:
    """Whether one of a workbook's sheets is loaded."""
    return any(item.foreign.name.startswith(f"{name}#") for item in inputs)


def _sheets_left(inputs: list[Input], told: list[str]) -> list[str]:
    """The sheets of opened workbooks that are not read and not told of yet."""
    names = [
        sheet.name for item in inputs if isinstance(item.foreign, ForeignFile) for sheet in sheets_of(item.foreign)
    ]
    read = {item.reader.name for item in inputs}
    return [name for name in dict.fromkeys(names) if name not in read and name not in told]


def _mapped_inputs(foreigns: Sequence[Foreign], mapping: MappingFile) -> list[Input]:
    inputs: list[Input] = []
    problems: list[str] = []
    for rule in mapping.tables:
        chosen = [one for one in foreigns if rule.takes(one.name)]
        if not chosen:
            there = [one.name for one in foreigns]
            problems.append(
                f"{mapping.name}, {rule.place}: nothing is called {', '.join(rule.sources)}. There is: "
                f"{names_shown(there, 20)}.{did_you_mean(rule.sources[0], there)}"
            )
        for one in chosen:
            try:
                stamp = one.stamp
                reader = one.open(names_in(rule), rule)
                found = map_columns(reader, rule, mapping.name)
                inputs += [Input(reader, mapped, one.size, one, stamp) for mapped in found]
            except (BadFile, MappingError) as error:
                problems.append(str(error))
    if problems:
        raise MappingError("\n".join(problems))
    return _with_shared_columns(inputs)


def _with_shared_columns(inputs: list[Input]) -> list[Input]:
    """A column that another table takes from the same file is not ignored; what is, is told once."""
    told: set[str] = set()
    result: list[Input] = []
    for item in inputs:
        used = {number for other in inputs if other.reader.name == item.reader.name for number in other.mapped.uses}
        unknown = tuple(name for number, name in enumerate(item.reader.columns) if number not in used)
        result.append(replace(item, mapped=replace(item.mapped, unknown=() if item.reader.name in told else unknown)))
        told.add(item.reader.name)
    return result
