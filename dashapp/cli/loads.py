"""``dashapp loads``: the load history, from where the page *Data* reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from dashapp.cli.common import open_appdb, read_settings
from dashapp.cli.progress import duration
from dashapp.cli.reporting import as_json, print_json, print_report, print_table
from dashapp.settings import Settings
from data_layer.ingest.options import LoadReport, LoadStatus
from data_layer.loads import Loads
from data_layer.semantics.formats import exact, write_money_in
from data_layer.semantics.metrics import METRICS

FIRST_LOADS = 20


@click.command()
@click.argument("load_id", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help=f"All of them; else the last {FIRST_LOADS}.")
@as_json
def loads(load_id: str | None, everything: bool, json_: bool) -> None:
    """List the loads, newest first; with ID tell all about one."""
    settings = read_settings()
    write_money_in(settings.currency)
    with loads_of(settings) as site:
        if load_id is not None:
            report = site.get(load_id)
            if report is None:
                raise click.ClickException(f"There is no load {load_id}; `dashapp loads` lists them.")
            print_json(report.as_dict()) if json_ else print_load(report, settings)
            return
        ids = site.ids()
        found = site.reports(ids if everything else ids[:FIRST_LOADS])
    if json_:
        print_json([report.as_dict() for report in found])
    elif not found:
        click.echo("Nothing has been loaded yet: run dashapp import FOLDER, or dashapp demo.")
    else:
        print_loads(found, settings, len(ids))


@contextmanager
def loads_of(settings: Settings) -> Iterator[Loads]:
    """The loads of a site, for one command; where the application database is away, those of this machine."""
    try:
        engine = open_appdb()
    except click.ClickException as error:
        click.echo(f"Note: {error.message} This goes on without it, and is not noted there.", err=True)
        yield Loads(settings.home, None, settings.postgres_warehouse)
        return
    try:
        yield Loads(settings.home, engine, settings.postgres_warehouse)
    finally:
        engine.dispose()


def print_loads(found: list[LoadReport], settings: Settings, count: int) -> None:
    """A line for each."""
    print_table(
        ("load", "began", "who", "status", "read", "loaded", "rejected", "updated", "took", "source"),
        [
            (one.load_id, when(one.started_at, settings), one.who or "—", one.status, *_counts(one), _took(one), one.path)
            for one in found
        ],
    )  # fmt: skip
    if len(found) < count:
        click.echo(f"The last {len(found)} of {count:,} loads; --all lists them all.")


def print_load(report: LoadReport, settings: Settings) -> None:
    """Everything about one load."""
    by = f" by {report.who}" if report.who else ""
    click.echo(
        f"Load {report.load_id} of {report.path}, begun {when(report.started_at, settings)}{by}: {report.status}."
    )
    if report.error:
        click.echo(report.error)
    print_report(report)
    if report.checks:
        print_table(
            ("check", "outcome", "found"), [(c["name"], c["outcome"], c["words"] or "—") for c in report.checks]
        )
    if report.totals:
        rows = [(METRICS[t["metric"]], t["before"], t["after"]) for t in report.totals if t["metric"] in METRICS]
        told = [(m.label, exact(before, m.unit), exact(after, m.unit)) for m, before, after in rows]
        print_table(("total", "before", "after"), told)
    if report.tables:
        print_table(
            ("table", "rows before", "rows after"), [(t["source"], t["before"], t["after"]) for t in report.tables]
        )


def print_last_killed(settings: Settings) -> None:
    """For ``dashapp check``: that the last import did not end by itself; nothing where it did."""
    report = Loads(settings.home).latest()
    if report is not None and report.status == LoadStatus.INTERRUPTED:
        click.echo(f"The import that began {when(report.started_at, settings)} was interrupted. {report.error}")
    if report is not None and report.status == LoadStatus.RUNNING:
        click.echo(f"An import is running since {when(report.started_at, settings)} (process {report.pid}).")


def when(moment: str, settings: Settings) -> str:
    """A moment of a report in the site's time zone."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(settings.timezone)).strftime("%Y-%m-%d %H:%M:%S")


def _counts(report: LoadReport) -> list[object]:
    counts = (report.read, report.loaded, report.rejected, report.updated)
    return [f"{count:,}" if report.is_counted else "—" for count in counts]


def _took(report: LoadReport) -> str:
    return "—" if report.status == LoadStatus.RUNNING else duration(report.seconds)
