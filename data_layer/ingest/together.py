"""Staging the files that one entry of a mapping reads into one table: all are written alike.

Each is staged with what it and those before it say.  Only where that is not enough, or a later file shows that an
earlier one was read wrongly, all are looked at and staged once more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from data_layer.ingest.agreement import Agreement, Unsettled
from data_layer.ingest.discovery import Input
from data_layer.ingest.errors import BadFile
from data_layer.ingest.pace import Pace
from data_layer.ingest.staging import Staged, Stager


def written_alike(inputs: Sequence[Input]) -> list[list[Input]]:
    """Inputs by what is read into which table, each in its order."""
    groups: dict[tuple[str, str], list[Input]] = {}
    for item in inputs:
        groups.setdefault((item.table.name, item.mapped.entry), []).append(item)
    return list(groups.values())


def stage_alike(stager: Stager, pace: Pace, items: list[Input], target: str) -> list[Staged]:
    """Append the good rows of files that are written alike to ``target``: what became of the rows of each.

    BadFile where they contradict each other, or do not tell how a column is written.
    """
    agreement = Agreement(items[0].table, len(items))
    take_back = stager.taking_back(items[0].table, target)

    def stage() -> list[Staged]:
        found: list[Staged] = []
        for number, item in enumerate(items):
            with unchanged(item), pace.reading(item):
                found.append(stager.stage(item.reader, item.mapped, target, agreement, number))
            pace.add(found[-1].read)
        return found

    def told(found: list[Staged]) -> list[Staged]:
        return [replace(one, notes=(*one.notes, *agreement.notes(number))) for number, one in enumerate(found)]

    begun = pace.state
    try:
        found = stage()
        if agreement.holds:
            return told(found)
    except Unsettled:
        pass
    take_back()
    pace.state = begun
    for number, item in enumerate(items):
        if not agreement.knows(number):
            with unchanged(item):
                stager.look(item.reader, item.mapped, agreement, number)
    return told(stage())


@contextmanager
def unchanged(item: Input) -> Iterator[None]:
    """BadFile where a file was changed or taken away while it was read: half of it would pass for the whole."""
    changed = BadFile(
        f"{item.foreign.name} was changed while it was read. Nothing was published; import again once it is complete."
    )
    try:
        yield
    except (duckdb.Error, OSError, BadFile) as error:
        if item.foreign.stamp != item.stamp:
            raise changed from error
        raise
    if item.foreign.stamp != item.stamp:
        raise changed
