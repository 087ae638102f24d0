"""``dashapp backup`` and ``restore``: a site in one file."""

from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashapp.cli.common import changing, read_settings, reason_of, shell_user
from dashapp.cli.reporting import as_json, print_json
from data_layer.appdb import audit
from data_layer.backup import BadBackup, HalfRestored, Manifest, NotEmpty, make_backup, restore_backup
from data_layer.ingest.errors import ImportFailed
from data_layer.ingest.sql import counted
from data_layer.warehouse.engine import is_of_this_release
from data_layer.warehouse.publish import PublishFailed


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def backup(file: Path, json_: bool) -> None:
    """Save users, what they saved, the data that are shown and the history of loads to the new FILE.

    The site goes on meanwhile. The file holds customers' data and password hashes: keep it where nobody else reads it.
    The settings, such as SECRET_KEY, are not in it.
    """
    settings = read_settings()
    try:
        with changing() as engine:
            made = make_backup(settings.home, engine, file)
            _note(engine, "backup", file, generation=made.generation)
    except (OSError, SQLAlchemyError) as error:
        raise click.ClickException(f"No backup was made: {reason_of(error)}.") from error
    if json_:
        print_json({"file": str(file), "bytes": file.stat().st_size, **asdict(made)})
        return
    click.echo(f"Saved to {file}, {file.stat().st_size / 1e6:,.1f} MB: {_in_words(made)}.")
    if made.generation is None:
        click.echo("No data were ever loaded on this machine. Where another one imports, make a backup there too.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the backup in the place of the users and data that are there.")
@as_json
def restore(file: Path, replace: bool, json_: bool) -> None:
    """Make the site what it was when the backup FILE was made.

    Into an empty site, or with --replace over one that has users or data. A file that is not whole changes nothing; where
    it is interrupted, the same again with --replace ends it. A site on SQLite can be restored to PostgreSQL and back.
    Everybody has to log in anew; data that were shown before can be shown again with rollback.
    """
    settings = read_settings()
    try:
        with changing() as engine:
            found = restore_backup(settings.home, engine, file, settings.warehouse_url, replace=replace)
            _note(engine, "restore", file, made_at=found.made_at, generation=found.generation)
    except (BadBackup, NotEmpty, ImportFailed, PublishFailed) as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    except HalfRestored as error:
        raise click.ClickException(str(error)) from error
    except (OSError, SQLAlchemyError) as error:
        raise click.ClickException(f"Nothing was restored: {reason_of(error)}.") from error
    is_outdated = not is_of_this_release(settings.home)
    if json_:
        print_json({"file": str(file), "needs_rebuild": is_outdated, **asdict(found)})
        return
    click.echo(
        f"Restored what was saved on {found.made_at.replace('T', ' ').replace('+00:00', ' UTC')}: {_in_words(found)}."
    )
    if is_outdated:
        click.echo("The data are those of another release: run `dashapp rebuild` to bring them up to this one.")


def _note(engine: Engine, action: str, file: Path, **detail: str | None) -> None:
    """A line in the audit log; what was done is done even where that cannot be written."""
    try:
        audit.record(engine, f"shell:{shell_user()}", action, {"file": file.name, **detail})
    except SQLAlchemyError as error:
        click.echo(f"Note: this could not be added to the audit log ({reason_of(error)}).", err=True)


def _in_words(manifest: Manifest) -> str:
    rows = manifest.rows
    parts = [
        counted(rows.get("users", 0), "user"),
        counted(rows.get("saved_views", 0), "saved view"),
        counted(rows.get("saved_segments", 0), "segment"),
        f"generation {manifest.generation} of the data" if manifest.generation else "no data",
    ]
    return ", ".join(parts)
