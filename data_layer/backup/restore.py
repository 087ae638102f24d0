"""Making a site what it was when a backup was made."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from data_layer.appdb.engine import without_limits
from data_layer.appdb.tables import users
from data_layer.backup.archive import APPLICATION, KEY, LOADS, Manifest, data_member, reading, reason_of, unpack
from data_layer.backup.rows import replace_rows, staged
from data_layer.ingest import history
from data_layer.ingest.lock import import_lock
from data_layer.postgres import is_postgres
from data_layer.warehouse import generations
from data_layer.warehouse.publish import PublishFailed, publish, publish_to_postgres

HALF = (
    "Users and what they saved were restored, but maybe not the data and the history of loads: {}. Restore the same file "
    "with --replace to end what was begun."
)


class NotEmpty(Exception):
    """The site has users or data of its own."""


class HalfRestored(Exception):
    """The users are those of the backup already, and what was to come after them failed."""


def restore_backup(
    home: Path, engine: Engine, file: Path, warehouse_url: str | None = None, *, replace: bool = False
) -> Manifest:
    """Put what a backup holds in the place of what the site has.

    Nothing is changed before all of the file was read and found whole and lies on the disk; then come the rows, and last
    the data are shown.  What ends it in between leaves the backup's users with the data of before, and the same again
    with ``replace`` mends that.  A site whose data are newer keeps them as a generation to go back to.

    BadBackup, NotEmpty without ``replace``, AlreadyRunning while an import runs, PublishFailed where PostgreSQL does not
    take the data: nothing was changed.  HalfRestored where something was.
    """
    with reading(file) as (tar, manifest):
        folder = generations.folder_of(home)
        with import_lock(folder):
            generations.clear_half_made(home)
            history.settle(home)  # while the data of one that was killed late are still the current ones
            if not replace:
                _insist_on_empty(home, engine)
            # What cannot be deleted of it now, the next import clears away.
            scratch = f"{generations.SPILL}restore-"
            with tempfile.TemporaryDirectory(prefix=scratch, dir=folder, ignore_cleanup_errors=True) as place:
                unpack(tar, manifest, Path(place))
                _refuse_a_namesake(home, manifest)
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


def _refuse_a_namesake(home: Path, manifest: Manifest) -> None:
    """Data that another site loaded in the same second have the same name, by which answers are kept."""
    if manifest.generation is None:
        return
    member = data_member(manifest.generation)
    final = generations.folder_of(home) / Path(member).name
    if not final.exists():
        return
    with final.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest.checksums[member]:
            raise NotEmpty(
                f"This site has other data of the name {manifest.generation}, loaded in the same second as those of the "
                "backup. Restore into an empty folder instead (DASHAPP_HOME)."
            )


def _put(home: Path, engine: Engine, manifest: Manifest, place: Path, warehouse_url: str | None) -> None:
    is_kept = False

    def keep() -> None:
        nonlocal is_kept
        _commit(connection)
        is_kept = True

    with (
        staged(place / APPLICATION, manifest.version, place) as rows,
        without_limits(engine) as patient,
        patient.connect() as connection,
    ):
        replace_rows(rows, connection, manifest.given, datetime.now(UTC))
        try:
            if manifest.generation is not None:
                _show(home, manifest.generation, place, warehouse_url, keep)
            else:
                keep()
            _put_files(home, place)
        except (OSError, PublishFailed) as error:
            if is_kept:
                raise HalfRestored(HALF.format(reason_of(error).rstrip("."))) from error
            raise


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except BaseException:
        connection.invalidate()  # the pool would give it, and what it did not commit, to who asks next
        raise


def _put_files(home: Path, place: Path) -> None:
    """The history of loads beside that of this machine, and a trial's key where there is none."""
    for load in sorted((place / LOADS).glob("*")):
        if not (home / LOADS / load.name).exists():
            shutil.move(load, generations.private_folder(home / LOADS) / load.name)
    if (place / KEY).exists() and not (home / KEY).exists():
        os.replace(place / KEY, home / KEY)


def _show(home: Path, generation: str, place: Path, warehouse_url: str | None, keep: Callable[[], None]) -> None:
    """Show the data of the backup; ``keep`` is called right before readers get them."""
    built = place / data_member(generation)
    final = generations.folder_of(home) / built.name
    if not final.exists():
        publish(home, built, final, warehouse_url, keep)
        return

    def point() -> None:
        generations.point_to(home, final)

    if warehouse_url and is_postgres(warehouse_url):
        publish_to_postgres(final, warehouse_url, keep, point)
    else:
        keep()
        point()
