"""Making a site what it was when a backup was made."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from data_layer.appdb.engine import without_limits
from data_layer.appdb.tables import users
from data_layer.backup.archive import APPLICATION, KEY, LOADS, WAREHOUSE, Manifest, reading, unpack
from data_layer.backup.rows import replace_rows, staged
from data_layer.ingest.lock import import_lock
from data_layer.warehouse import generations
from data_layer.warehouse.publish import is_postgres, publish, publish_to_postgres


class NotEmpty(Exception):
    """The site has users or data of its own."""


def restore_backup(
    home: Path, engine: Engine, file: Path, warehouse_url: str | None = None, *, replace: bool = False
) -> Manifest:
    """Put what a backup holds in the place of what the site has.

    Nothing is changed before all of the file was read and found whole, and then all of it or nothing; a site whose data
    are newer keeps them as a generation to go back to.  BadBackup, NotEmpty without ``replace``, AlreadyRunning while
    an import runs, PublishFailed where PostgreSQL does not take the data.
    """
    with reading(file) as (tar, manifest):
        folder = generations.folder_of(home)
        with import_lock(folder):
            generations.clear_half_made(home)
            if not replace:
                _insist_on_empty(home, engine)
            with tempfile.TemporaryDirectory(prefix=f"{generations.SPILL}restore-", dir=folder) as place:
                unpack(tar, manifest, Path(place))
                _put(home, engine, manifest, Path(place), warehouse_url)
    return manifest


def _insist_on_empty(home: Path, engine: Engine) -> None:
    with engine.connect() as connection:
        people = connection.execute(select(func.count()).select_from(users)).scalar_one()
    if people or generations.current_file(home) is not None:
        raise NotEmpty(
            "This site has users or data of its own. To put those of the backup in their place, add --replace; to keep "
            "them, make a backup of them first."
        )


def _put(home: Path, engine: Engine, manifest: Manifest, place: Path, warehouse_url: str | None) -> None:
    with staged(place / APPLICATION, manifest.version, place) as rows, without_limits(engine) as patient:
        with patient.begin() as connection:
            replace_rows(rows, connection, manifest.given, datetime.now(UTC))
            if manifest.generation is not None:
                _show(home, manifest.generation, place, warehouse_url)
        _put_files(home, place)


def _put_files(home: Path, place: Path) -> None:
    """The history of loads beside that of this machine, and a trial's key where there is none."""
    for load in sorted((place / LOADS).glob("*")):
        if not (home / LOADS / load.name).exists():
            (home / LOADS).mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(load, home / LOADS / load.name)
    if (place / KEY).exists() and not (home / KEY).exists():
        os.replace(place / KEY, home / KEY)


def _show(home: Path, generation: str, place: Path, warehouse_url: str | None) -> None:
    name = f"generation-{generation}.duckdb"
    final = generations.folder_of(home) / name
    if not final.exists():
        publish(home, place / WAREHOUSE / name, final, warehouse_url)
        return
    if warehouse_url and is_postgres(warehouse_url):
        publish_to_postgres(final, warehouse_url)
    generations.point_to(home, final)
