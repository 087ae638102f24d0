"""Returning to an earlier generation of the data."""

from pathlib import Path

from data_layer.ingest import history
from data_layer.ingest.errors import DataChanged
from data_layer.ingest.lock import import_lock
from data_layer.postgres import is_postgres
from data_layer.warehouse import generations
from data_layer.warehouse.publish import publish_to_postgres


def rollback(
    home: Path, to: str | None = None, warehouse_url: str | None = None, seen: str | None = None
) -> generations.GenerationFile:
    """Show the generation before the current one again, or the one named; naming the newer one undoes it.

    ``seen``: the one that was current when somebody decided this.  NoGeneration where there is none to return to,
    AlreadyRunning while an import runs, DataChanged where another than ``seen`` is current by now, PublishFailed where
    PostgreSQL does not take it.
    """
    with import_lock(generations.folder_of(home)):
        history.settle(home)
        now = generations.current_file(home)
        if seen is not None and (now is None or generations.id_of(now) != seen):
            raise DataChanged("Other data were published meanwhile. Look at them first, then choose again.")
        target = generations.rollback_target(home, to)

        def point() -> None:
            generations.point_to(home, target.path)

        if warehouse_url and is_postgres(warehouse_url):
            publish_to_postgres(target.path, warehouse_url, then=point)
        else:
            point()
        return target
