"""``dashapp import``, ``demo``, ``check`` and ``rollback``: the data of the site."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy.exc import SQLAlchemyError

from dashapp import demo_users
from dashapp.cli.common import open_appdb, read_settings, shell_user
from dashapp.cli.identity import print_identity
from dashapp.cli.loads import loads_of, print_last_killed
from dashapp.cli.progress import Progress, progress_of
from dashapp.cli.reporting import as_json, print_json, print_report, print_table
from dashapp.settings import Settings
from data_layer.ingest.errors import ImportFailed, Interrupted
from data_layer.ingest.formats import is_date_format
from data_layer.ingest.interruption import Interruption, die_of, interruptible
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.mapping.reference import reference_markdown
from data_layer.ingest.mapping.rules import MappingFile
from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import, run_rebuild
from data_layer.ingest.sources import BY_NAME
from data_layer.ingest.start import suggest_mapping
from data_layer.ingest.status import Status, describe
from data_layer.synthetic import generate
from data_layer.warehouse import demo_people, generations
from data_layer.warehouse.publish import PublishFailed


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--source", metavar="URL", help="Read from a database instead of files; a SQLAlchemy URL.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A TOML or YAML file: which of their columns are which of ours."
)
@click.option("--suggest", is_flag=True, help="Write a first mapping for what is found, and load nothing.")
@click.option("--reference", is_flag=True, expose_value=False, is_eager=True, callback=lambda c, _, v: _reference(c, v),
              help="Print what a mapping may say.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Do everything but publish, and say what would have happened.")
@click.option("--replace", is_flag=True, help="Swap the tables that are loaded instead of adding rows to them.")
@click.option(
    "--max-rejects",
    type=click.FloatRange(0, 100),
    default=0.5,
    show_default=True,
    metavar="PERCENT",
    help="Stop where more of a table's rows are rejected.",
)
@click.option("--force", is_flag=True, help="Publish even if much less was loaded than before.")
@click.option(
    "--date-format",
    "date_formats",
    multiple=True,
    metavar="TABLE.COLUMN=FORMAT",
    help="How a column writes dates, such as enrollments.enrollment_date=%d/%m/%Y. Repeat for more.",
)
@click.option(
    "--decimal",
    type=click.Choice([",", "."]),
    help="What stands before the fractions of numbers; found by itself where they tell.",
)
@click.option("--time-zone", metavar="ZONE", help="The zone of times that name none; the site's if left out.")
@as_json
def import_(
    path: Path | None, source: str | None, mapping: Path | None, suggest: bool, dry_run: bool, replace: bool, max_rejects: float,
    force: bool, date_formats: tuple[str, ...], decimal: str | None, time_zone: str | None, json_: bool,
) -> None:  # fmt: skip
    """Load the folder, archive or file PATH and publish it.

    Files are named after the tables they hold, such as customers.csv or messages.csv.gz, or a mapping says what they
    hold: see docs/loading-your-data.md. Rows replace earlier ones with the same key. Nothing is published unless
    everything went well. Exit status: 0 published, 3 no such path, 4 no known file, 5 a file cannot be used, 6 too
    many rejected rows, 7 another import is running, 8 far less data than before, 9 the mapping is wrong, 130 stopped
    with Ctrl-C, 1 anything else.
    """
    place = _place(path, source)
    if suggest:
        _suggest(place)
        return
    with interruptible() as early:
        try:
            settings = read_settings()
            chosen = {
                "replace": replace,
                "max_rejects": max_rejects,
                "force": force,
                "date_formats": _date_formats(date_formats),
                "decimal": decimal,
                "source_time_zone": _zone(time_zone),
                "mapping": _mapping(mapping),
                "dry_run": dry_run,
            }
            _load(settings, place, chosen, json_, early)
        except KeyboardInterrupt:
            if early.wanted is None:
                raise
            _end_failed(Interrupted(early.wanted), json_)


@click.command()
@click.option("--customers", type=click.IntRange(10, 10_000_000), default=5_000, show_default=True)
@click.option("--years", type=click.IntRange(1, 30), default=3, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where the CSV files go; the instance folder's demo/ if left out."
)
@click.option("--force", is_flag=True, help="Put demo data in the place of real data.")
@as_json
def demo(customers: int, years: int, seed: int, out: Path | None, force: bool, json_: bool) -> None:
    """Invent a company's data, load it and make accounts to look around with."""
    settings = read_settings()
    _refuse_over_real_data(settings, force)
    folder = out or generations.private_folder(settings.home) / "demo"
    with progress_of(quiet=json_) as progress:
        yesterday = datetime.now(ZoneInfo(settings.timezone)).date() - timedelta(days=1)
        told = {"progress": progress.step, "rows": progress.rows} if progress else {}
        generate(folder, customers=customers, years=years, seed=seed, end=yesterday, **told)
    _load(settings, folder, {"replace": True, "force": True, "is_demo": True}, json_)
    _make_demo_users(settings)


@click.command()
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="The mapping file that says how people are matched, if one does."
)
@as_json
def rebuild(mapping: Path | None, json_: bool) -> None:
    """Build the data anew from the rows that are loaded, and read nothing.

    After an update of the program that says so, and after a change of settings that the data were built with. Exit status:
    as of import; 1 where nothing was ever loaded.
    """
    settings = read_settings()
    try:
        is_demo = describe(settings.home).is_demo
        with progress_of("Building", quiet=json_) as progress:
            chosen = {"mapping": _mapping(mapping), "is_demo": is_demo}
            report = run_rebuild(settings.home, _options(settings, chosen, progress))
    except generations.NoGeneration as error:
        raise click.ClickException(str(error)) from error
    except ImportFailed as failure:
        _end_failed(failure, json_)
    _tell(settings, report, json_)


@click.command()
@as_json
def check(json_: bool) -> None:
    """Show what is loaded, how fresh it is, and what is missing."""
    settings = read_settings()
    try:
        status = describe(settings.home)
    except generations.NoGeneration as error:
        raise click.ClickException(str(error)) from error
    if json_:
        print_json(status.as_dict())
    else:
        _print_status(status)
        print_last_killed(settings)


@click.command()
@click.option("--to", metavar="ID", help="The generation to return to; the one before the current if left out.")
@as_json
def rollback(to: str | None, json_: bool) -> None:
    """Return to an earlier generation of the data; --to a later one undoes it."""
    settings = read_settings()
    try:
        with loads_of(settings) as loads:
            target = loads.roll_back(f"shell:{shell_user()}", to)
    except (generations.NoGeneration, ImportFailed, PublishFailed) as error:
        raise click.ClickException(str(error)) from error
    if json_:
        print_json({"generation_id": target.generation_id, "path": str(target.path)})
    else:
        click.echo(f"The site now shows generation {target.generation_id}.")


COMMANDS = (import_, demo, rebuild, check, rollback)


def _place(path: Path | None, source: str | None) -> Path | str:
    """The folder or file, or the URL: one of the two."""
    if source is not None and path is None:
        return source
    if path is None or source is not None:
        raise click.UsageError("Give either the folder or file to load, or --source URL for a database.")
    return path


def _reference(context: click.Context, wanted: bool) -> None:
    if wanted:
        click.echo(reference_markdown(), nl=False)
        context.exit()


def _suggest(place: Path | str) -> None:
    try:
        click.echo(suggest_mapping(place), nl=False)
    except ImportFailed as failure:
        _end_failed(failure, json_=False)


def _mapping(path: Path | None) -> MappingFile | None:
    try:
        return read_mapping(path) if path is not None else None
    except ImportFailed as failure:
        _end_failed(failure, json_=False)


def _load(
    settings: Settings, path: Path | str, chosen: dict[str, Any], json_: bool, early: Interruption | None = None
) -> None:
    """Import with the site's settings, show the report and keep it in the load history."""
    try:
        with progress_of("Read", "Building", quiet=json_) as progress:
            report = run_import(path, settings.home, _options(settings, chosen, progress))
            if early is not None:
                early.hold()  # to say that nothing was published would not be true any more
    except ImportFailed as failure:
        _end_failed(failure, json_)
    _tell(settings, report, json_)


def _tell(settings: Settings, report: LoadReport, json_: bool) -> None:
    _remember(settings)
    if json_:
        print_json(report.as_dict())
    else:
        print_report(report)


def _options(settings: Settings, chosen: dict[str, Any], progress: Progress | None) -> ImportOptions:
    told = {"progress": progress.step, "rows": progress.rows} if progress else {}
    return ImportOptions(
        time_zone=settings.timezone,
        active_days=settings.active_days,
        balance_stale_days=settings.balance_stale_days,
        conversion_days=settings.conversion_days,
        attribution_days=settings.attribution_days,
        health_weights=settings.health_weights,
        warehouse_url=settings.warehouse_url,
        phone_country=settings.phone_country,
        who=shell_user(),
        **told,
        **chosen,
    )


def _end_failed(failure: ImportFailed, json_: bool) -> NoReturn:
    was_stopped = isinstance(failure, Interrupted)
    if failure.report is not None:
        _remember(read_settings())
        if json_:
            print_json(failure.report.as_dict())
        elif failure.report.sources and not was_stopped:
            print_report(failure.report)
    click.echo(str(failure) if was_stopped else f"Error: {failure}", err=True)
    if isinstance(failure, Interrupted):
        die_of(failure.number)
    raise SystemExit(failure.exit_code)


def _remember(settings: Settings) -> None:
    """Copy the load to the application database, and forget old rejects; a load stands even where that is away."""
    try:
        with loads_of(settings) as loads:
            loads.copy_finished()
            loads.forget_rejects(settings.rejects_days)
    except SQLAlchemyError as error:
        click.echo(f"Note: the load could not be added to the load history ({error}).", err=True)


def _make_demo_users(settings: Settings) -> None:
    """Accounts for a look around, tied to the busiest member of staff and teams that the data has."""
    people = demo_people.busiest(settings.home)
    engine = open_appdb()
    demo_users.ensure(engine, datetime.now(UTC), people.staff_id, people.sales_team, people.support_team)
    engine.dispose()


def _refuse_over_real_data(settings: Settings, force: bool) -> None:
    try:
        status = describe(settings.home)
    except generations.NoGeneration:
        return
    if not status.is_demo and not force:
        raise click.ClickException(
            "Real data are loaded here. Use another instance folder (DASHAPP_HOME) for the demo, "
            "or --force to put demo data in their place; rollback brings the real ones back."
        )


def _date_formats(given: tuple[str, ...]) -> dict[str, str]:
    formats: dict[str, str] = {}
    for text in given:
        name, equals, form = text.partition("=")
        table, _, column = name.partition(".")
        known = table in BY_NAME and any(one.name == column for one in BY_NAME[table].columns)
        if not equals or not known or not is_date_format(form):
            raise click.BadParameter(f"{text!r} is not TABLE.COLUMN=FORMAT, such as customers.birth_date=%d/%m/%Y.")
        formats[name] = form
    return formats


def _zone(name: str | None) -> str | None:
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(f"{name!r} is not an IANA time zone such as Europe/Paris.") from error


def _print_status(status: Status) -> None:
    demo_data = " (demo data)" if status.is_demo else ""
    click.echo(f"Generation {status.generation_id}{demo_data}, data as of {status.as_of} ({status.time_zone}).")
    rows = [
        (s.source, s.group, s.rows, s.orphans, s.first_date, s.last_date, s.days_behind, "yes" if s.has_times else "no")
        for s in status.sources
    ]
    print_table(("source", "system", "rows", "orphans", "first day", "last day", "days behind", "times"), rows)
    if status.missing:
        click.echo("Not loaded, and what it would fill:")
        print_table(("table", "system", "fills"), [(m.source, m.group, m.fills) for m in status.missing])
    if status.attributes:
        click.echo("Customer attributes, to filter and split by as attribute.NAME:")
        print_table(
            ("name", "kind", "clients", "values", "shown"),
            [(a.name, a.kind, a.clients, a.values, a.shown) for a in status.attributes],
        )
    print_identity(status.identity)
    for note in status.notes:
        click.echo(f"Note of the load: {note}")
    click.echo(f"Generations kept: {', '.join(status.kept)}.")
