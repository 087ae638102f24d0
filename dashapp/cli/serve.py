"""``dashapp serve`` runs the site; ``dashapp settings`` shows what it would run with."""

import os
import sys
from collections.abc import Sequence

import click

from dashapp.cli.common import read_settings
from dashapp.cli.reporting import as_json, print_json
from dashapp.settings import SETTINGS, settings_markdown
from data_layer.warehouse.generations import private_folder

# For glibc: threads that each keep a heap of their own, and heaps that keep what was freed, would make a worker larger.
MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "1048576", "MALLOC_MMAP_THRESHOLD_": "1048576"}


@click.command()
@click.option("--reload", is_flag=True, help="Restart when a source file changes; for development.")
def serve(reload: bool) -> None:
    """Run the site (HOST, PORT, WORKERS and the other settings come from the environment)."""
    settings = read_settings(serving=True)
    private_folder(settings.home)
    if settings.demo:
        _greet(settings.host, settings.port)
    command = serve_command()
    for name, value in MEMORY.items():
        os.environ.setdefault(name, value)
    # Takes the place of this process: signals of a service manager reach gunicorn itself.
    os.execv(command[0], [*command, "--reload"] if reload else list(command))


def serve_command() -> Sequence[str]:
    """The command line that runs the site under gunicorn."""
    return (sys.executable, "-m", "gunicorn", "--config", "python:dashapp.gunicorn_conf", "wsgi:server")


@click.command()
@click.option("--markdown", is_flag=True, help="Print the page docs/settings.md instead.")
@as_json
def settings(markdown: bool, json_: bool) -> None:
    """Show every setting and its value; secrets and addresses stay hidden."""
    if markdown:
        click.echo(settings_markdown(), nl=False)
        return
    values = read_settings()
    shown = {one.name: "(hidden)" if one.is_secret else str(getattr(values, one.field)) for one in SETTINGS}
    if json_:
        print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:<24}{value}")


def _greet(host: str, port: int) -> None:
    from dashapp.demo_users import ACCOUNTS, PASSWORD

    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    click.echo(f"Clientscope, in demo mode: http://{shown}:{port}/")
    click.echo(f"Log in as {', '.join(account.login for account in ACCOUNTS)}; the password is {PASSWORD}")
