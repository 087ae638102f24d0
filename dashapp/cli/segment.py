"""``dashapp segment``: saved segments in the terminal, with the same rules, rights and masking as on the site."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from callbacks.exports import csv_lines
from dashapp.cli.common import open_appdb, read_settings
from dashapp.cli.metric import print_table, viewer_named
from dashapp.cli.reporting import FORM, as_json, print_csv, print_json
from data_layer import segments
from data_layer.access import Viewer
from data_layer.appdb import audit
from data_layer.appdb.naming import SHARED_WITH, Gone
from data_layer.appdb.segments import SavedSegment
from data_layer.segments import Segments
from data_layer.semantics.rules import Rule, RuleError
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, Warehouse, WarehouseAway

VIEWER = click.option("--viewer", "login", metavar="LOGIN", help="See what this user may see (default: everything).")


@click.group()
def segment() -> None:
    """List saved segments and the clients in them."""


@segment.command(name="list")
@VIEWER
@FORM
@as_json
def list_segments(login: str | None, form: str, json_: bool) -> None:
    """Print the segments: number, name, owner, roles it is shared with, clients in it now."""
    with plain_errors():
        site, viewer, data = opened(login)
        rows = [_row(one, viewer, data) for one in site.usable(viewer)]
    _print(rows, "json" if json_ else form)


@segment.command()
@click.argument("name")
@VIEWER
@FORM
@as_json
def show(name: str, login: str | None, form: str, json_: bool) -> None:
    """Print one segment, by its number or its name."""
    with plain_errors():
        site, viewer, data = opened(login)
        found = site.named(name, viewer)
        rule = Rule.from_text(found.rule)
        row = {**_row(found, viewer, data), "days": rule.days_in_words or "—", "rule": rule.to_text()}
    if form == "table" and not json_:
        for key, value in row.items():
            click.echo(f"{key:<8}  {'—' if value is None else value}")
    else:
        _print([row], "json" if json_ else form)


@segment.command()
@click.argument("name")
@VIEWER
def export(name: str, login: str | None) -> None:
    """Write the clients of a segment to standard output as CSV, contact data as the viewer may read them."""
    with plain_errors():
        site, viewer, data = opened(login)
        found = site.named(name, viewer)
        records = segments.clients(Rule.from_text(found.rule), viewer, data)
        detail = {"segment": found.id, "name": found.name, "kind": "clients", "contact": not viewer.masked}
        audit.record(site.database, viewer.login, "export", detail, at=datetime.now(UTC))
        for piece in csv_lines([[field.label for field in records.fields]], records.all()):
            click.echo(piece, nl=False)


def opened(login: str | None) -> tuple[Segments, Viewer, Generation]:
    """The segments of the site, who asks, and the data as it is."""
    settings = read_settings()
    site = Segments(open_appdb(), settings.high_intent_replies)
    viewer = viewer_named(login)
    warehouse = Warehouse(settings.home, settings.postgres_warehouse, settings.query_timeout_seconds)
    return site, viewer, warehouse.seen_from(viewer.zone)


@contextmanager
def plain_errors() -> Iterator[None]:
    """An end of the command with the words of what went wrong."""
    try:
        yield
    except (Gone, NoData, QueryTooLong, RuleError, WarehouseAway) as error:
        raise click.ClickException(str(error)) from error


def _row(one: SavedSegment, viewer: Viewer, data: Generation) -> dict[str, Any]:
    try:
        count = segments.count(Rule.from_text(one.rule), viewer, data)
    except RuleError:
        count = None
    everybody = one.roles == frozenset(SHARED_WITH)
    roles = "everybody" if everybody else ", ".join(sorted(role.value for role in one.roles)) or "private"
    return {"number": one.id, "name": one.name, "owner": one.owner, "shared": roles, "clients": count}


def _print(rows: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_csv(rows, ("number", "name", "owner", "shared", "clients"))
    else:
        print_table(rows)
