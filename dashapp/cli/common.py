"""What the commands share."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashapp.settings import Settings, SettingsError
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate


def shell_user() -> str:
    """The person at this machine's shell; their number where the machine has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def reason_of(error: Exception) -> str:
    """What an error of a database or of the file system says first, for the end of a sentence."""
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(getattr(error, "orig", error))).strip().splitlines()[0].rstrip(".")


def read_settings(serving: bool = False) -> Settings:
    """The settings of the environment, or an end of the command with every problem in them named."""
    try:
        return Settings.from_env(serving=serving)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def open_appdb() -> Engine:
    """The application database at its current version, or an end of the command that says what is wrong."""
    settings = read_settings()
    try:
        engine = open_database(settings.database_url)
        migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = reason_of(error)
        raise click.ClickException(f"The application database cannot be opened: {reason}. See DATABASE_URL.") from error
    return engine


@contextmanager
def changing() -> Iterator[Engine]:
    """The application database for one command."""
    engine = open_appdb()
    try:
        yield engine
    finally:
        engine.dispose()
