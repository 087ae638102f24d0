"""``dashapp trial``: the site with demo data, in one command."""

import ipaddress
import os
import socket
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from dashapp.cli.common import read_settings
from dashapp.cli.data import demo, rebuild
from dashapp.cli.serve import serve
from dashapp.settings import Settings
from data_layer.ingest.status import Status, describe
from data_layer.warehouse.engine import is_of_this_release
from data_layer.warehouse.generations import NoGeneration

CUSTOMERS = 5_000
# Over a long weekend yesterday's leads and today's follow-ups may be missing; after that the pages look deserted.
FRESH_DAYS = 4


@click.command()
@click.pass_context
def trial(context: click.Context) -> None:
    """Run the site with demo data and accounts to look around with.

    Demo data are made where nothing is loaded, and made anew where they are older than a few days. Data that were
    imported are never touched.
    """
    os.environ["DEMO"] = "1"
    settings = read_settings(serving=True)
    _refuse_taken_port(settings)
    status = _loaded(settings)
    if status is not None and not status.is_demo:
        _warn_of_open_door(settings)
    elif status is None:
        click.echo(f"Making demo data: {CUSTOMERS:,} customers, three years. This takes about half a minute …")
        context.invoke(demo, customers=CUSTOMERS)
    elif not is_fresh(status, datetime.now(ZoneInfo(settings.timezone))):
        click.echo(f"The demo data end on {status.as_of}; making new ones that end yesterday …")
        context.invoke(demo, customers=customers_of(status))
    if not is_of_this_release(settings.home):
        click.echo("The data were built by another release; bringing them up to this one …")
        context.invoke(rebuild)
    context.invoke(serve)


def is_fresh(status: Status, now: datetime) -> bool:
    """Whether loaded data end a few days ago at most; ``now`` in the site's time zone."""
    return (now.date() - status.as_of).days <= FRESH_DAYS


def customers_of(status: Status) -> int:
    """How many customers loaded demo data have, so that new ones are of the same size."""
    return next((source.rows for source in status.sources if source.source == "customers"), CUSTOMERS)


def _loaded(settings: Settings) -> Status | None:
    try:
        return describe(settings.home)
    except NoGeneration:
        return None


def _refuse_taken_port(settings: Settings) -> None:
    """Say so before anything is made, and without the server's own repeated attempts."""
    try:
        with socket.create_server((settings.host, settings.port), family=_family(settings.host)):
            return
    except OSError as error:
        raise click.ClickException(
            f"{settings.host}:{settings.port} cannot be used ({error.strerror}). Choose another port, "
            f"such as PORT={settings.port + 1}."
        ) from error


def _warn_of_open_door(settings: Settings) -> None:
    """Demo accounts have a password that everybody knows: with imported data they are for this machine alone."""
    if not _is_this_machine(settings.host):
        raise click.ClickException(
            "Imported data are loaded here, and a trial opens them with a published password. Set SECRET_KEY, add "
            "users with `dashapp user add` and run `dashapp serve`; or leave HOST out to try it on this machine alone."
        )
    click.echo("Imported data are loaded: they are shown instead of demo data, to the demo accounts, on this machine.")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
