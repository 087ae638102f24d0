"""Making a backup while the site goes on: each part is taken as it stands at one moment."""

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from data_layer.backup.archive import APPLICATION, KEY, LOADS, WAREHOUSE, Manifest, Writer, new_private_file
from data_layer.backup.rows import write_rows
from data_layer.ingest import history
from data_layer.ingest.options import LoadStatus
from data_layer.warehouse import generations


def make_backup(home: Path, engine: Engine, file: Path) -> Manifest:
    """Save the application database, the data that are shown and the history of loads to a new file.

    FileExistsError where there is such a file, OSError where it cannot be written; neither leaves half a backup.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists. Give the backup another name, or move that one away.")
    writer = Writer(file)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
            rows = Path(folder) / APPLICATION
            with io.TextIOWrapper(new_private_file(rows), encoding="utf-8") as lines:
                version, counts, given = write_rows(engine, lines)
            writer.add(APPLICATION, rows)
        generation = _add_generation(writer, home)
        _add_loads(writer, home)
        if (home / KEY).exists():
            writer.add(KEY, home / KEY)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        return writer.finish(Manifest(made_at, version, generation, counts, given))
    finally:
        writer.close()


def _add_generation(writer: Writer, home: Path) -> str | None:
    """The current one; where an import replaces it in this very moment, and it goes, the next."""
    while (current := generations.current_file(home)) is not None:
        try:
            writer.add(f"{WAREHOUSE}/{current.name}", current)
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
        for name in (history.REPORT, history.REJECTS):
            path = history.folder_of(home, load_id) / name
            if path.exists():
                writer.add(f"{LOADS}/{load_id}/{name}", path)
