"""Making a backup while the site goes on: each part is taken as it stands at one moment."""

import io
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from data_layer.backup.archive import APPLICATION, KEY, LOADS, Manifest, Writer, data_member
from data_layer.backup.rows import write_rows
from data_layer.ingest import history
from data_layer.ingest.options import LoadStatus
from data_layer.warehouse import generations


def make_backup(home: Path, engine: Engine, file: Path) -> Manifest:
    """Save the application database, the data that are shown and the history of loads to a new file.

    FileExistsError where there is such a file, OSError where it cannot be written; neither leaves half a backup, and what
    a backup leaves that is killed, the next one in that folder deletes.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists. Give the backup another name, or move that one away.")
    writer = Writer(file)
    try:
        version, counts, given = _add_rows(writer, engine, file.parent)
        generation = _add_generation(writer, home)
        _add_loads(writer, home)
        if (home / KEY).exists():
            writer.add_file(KEY, home / KEY)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        return writer.finish(Manifest(made_at, version, generation, counts, given))
    finally:
        writer.close()


def _add_rows(writer: Writer, engine: Engine, beside: Path) -> tuple[str, dict[str, int], dict[str, int]]:
    """The application database; what is returned: see :func:`write_rows`."""
    # A file without a name: whatever ends this process, nothing of it is left.
    with tempfile.TemporaryFile(dir=beside) as file:
        lines = io.TextIOWrapper(file, encoding="utf-8")
        told = write_rows(engine, lines)
        lines.detach()
        size = file.tell()
        file.seek(0)
        writer.add(APPLICATION, file, size)
    return told


def _add_generation(writer: Writer, home: Path) -> str | None:
    """The current one; where an import replaces it in this very moment, and it goes, the next."""
    while (current := generations.current_file(home)) is not None:
        try:
            writer.add_file(data_member(generations.id_of(current)), current)
        except FileNotFoundError:
            continue
        return generations.id_of(current)
    return None


def _add_loads(writer: Writer, home: Path) -> None:
    """What was said of each load that has ended, and its rejected rows."""
    for load_id in history.ids(home):
        report = history.read(home, load_id)
        if report is None or report.status == LoadStatus.RUNNING:
            continue
        # As it is known by now: the report of one that was killed says in its file that it runs.
        text = history.text_of(report).encode()
        writer.add(f"{LOADS}/{load_id}/{history.REPORT}", io.BytesIO(text), len(text))
        with suppress(FileNotFoundError):  # most have none, and those of long ago may be deleted in this very moment
            writer.add_file(f"{LOADS}/{load_id}/{history.REJECTS}", history.folder_of(home, load_id) / history.REJECTS)
