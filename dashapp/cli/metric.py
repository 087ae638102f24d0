"""``dashapp metric``: any metric from the terminal, from the same registry and the same run as the pages."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import click
import pandas as pd

from dashapp.cli.common import changing, open_appdb, read_settings
from dashapp.cli.glossary import described
from dashapp.cli.reporting import FORM, as_json, print_csv, print_json
from dashapp.settings import Settings
from data_layer.access import Role, Viewer
from data_layer.appdb import users
from data_layer.appdb.naming import Gone
from data_layer.appdb.users import UserError
from data_layer.segments import Segments
from data_layer.semantics.dimensions import ATTRIBUTE, DIMENSIONS, SAVED, WEEKDAYS
from data_layer.semantics.formats import exact, write_money_in
from data_layer.semantics.metric import Unit, files_in_words
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Comparison, PeriodName, Window
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query, Unanswerable
from data_layer.semantics.run import Result, complete, run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, Warehouse, WarehouseAway

DAY_TYPE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="Print every metric with its definition.")
@click.option("--by", multiple=True, metavar="DIMENSION", help="Split by this dimension; may be given again.")
@click.option("--where", multiple=True, metavar="DIMENSION=VALUE", help="Keep only this value; may be given again.")
@click.option("--from", "start", type=DAY_TYPE, help="First day (default: the first day of the data).")
@click.option("--to", "end", type=DAY_TYPE, help="The day after the last one (default: the day after as-of).")
@click.option("--viewer", "login", metavar="LOGIN", help="See what this user may see (default: everything).")
@FORM
@as_json
def metric(
    name: str | None, listing: bool, by: tuple[str, ...], where: tuple[str, ...], start: Any, end: Any,
    login: str | None, form: str, json_: bool,
) -> None:  # fmt: skip
    """Print the metric NAME, split and filtered, as the pages would show it.

    Periods are half-open: --to is the day after the last one. A stock, such as aum, is counted at the end of the last
    day.
    """
    form = "json" if json_ else form
    if name is None and (by or where or start or end):
        raise click.UsageError("Name the metric; “dashapp metric --list” prints them all.")
    if listing or name is None:
        print_list(form)
        return
    if name not in METRICS:
        raise click.ClickException(f"There is no metric “{name}”. See “dashapp metric --list”.")
    settings = read_settings()
    write_money_in(settings.currency)
    viewer = viewer_named(login)
    warehouse = Warehouse(settings.home, settings.postgres_warehouse, settings.query_timeout_seconds)
    try:
        data = warehouse.seen_from(viewer.zone)
        window = window_of(start, end, data)
        filters = filters_of(where, data.attributes)
        check_attributes((*by, *(name for name, _ in filters)), data)
        asked = Selection(PeriodName.CUSTOM, window, Comparison.NONE, filters)
        selection = held(asked, settings, viewer, data)
        result = complete(run(Query((name,), by), selection, viewer, data), data)
    except (Gone, NoData, QueryTooLong, WarehouseAway, Unanswerable) as error:
        raise click.ClickException(str(error)) from error
    show(result, name, form)


def held(selection: Selection, settings: Settings, viewer: Viewer, data: Generation) -> Selection:
    """The selection with the rules of the saved segments in it, which the terminal may also name by their names."""
    wanted = dict(selection.filters).get(SAVED, ())
    if not wanted:
        return selection
    site = Segments(open_appdb(), settings.high_intent_replies)
    numbers = [site.named(text, viewer).id for text in wanted]
    return site.hold(selection.with_filter(SAVED, numbers), viewer, data, strict=True)


def viewer_named(login: str | None) -> Viewer:
    """The viewer of that login; without one the terminal's user, who has the files, sees everything."""
    if login is None:
        return Viewer("terminal", Role.ADMIN)
    try:
        with changing() as appdb:
            return users.get(appdb, login).viewer
    except UserError as error:
        raise click.ClickException(str(error)) from error


def window_of(start: Any, end: Any, data: Generation) -> Window:
    """The days asked for; all that the data covers where nothing is said."""
    first = start.date() if start else data.first_day
    last: date = end.date() if end else data.as_of + timedelta(days=1)
    if first >= last:
        raise click.ClickException(f"The period is empty: it begins on {first} and ends before {last}.")
    return Window(first, last)


def filters_of(where: tuple[str, ...], attributes: Collection[str] = ()) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """``DIMENSION=VALUE`` options as filters; several values of one dimension are alternatives.

    ``attributes``: those that the data have, whose names may hold the sign too.
    """
    found: dict[str, list[str]] = {}
    for text in where:
        name, sign, value = _parted(text, attributes)
        if not sign:
            raise click.ClickException(f"“{text}” is no filter; write DIMENSION=VALUE.")
        if name not in DIMENSIONS or DIMENSIONS[name].is_calendar:
            raise click.ClickException(
                f"There is no dimension “{name}” to filter by. There are: {', '.join(filterable())}."
            )
        found.setdefault(name, []).append(value)
    return tuple(sorted((name, tuple(values)) for name, values in found.items()))


def _parted(text: str, attributes: Collection[str]) -> tuple[str, str, str]:
    """Name, sign and value at the first sign; of attributes whose names hold it too, at the longest name that there is."""
    names = [ATTRIBUTE + name for name in attributes if text.startswith(f"{ATTRIBUTE}{name}=")]
    name = max(names, key=len, default=text.partition("=")[0])
    return name, text[len(name) : len(name) + 1], text[len(name) + 1 :]


def check_attributes(names: tuple[str, ...], data: Generation) -> None:
    """Stop at the name of a customer attribute that the data do not have, and say which ones they have."""
    for name in names:
        if name in DIMENSIONS and DIMENSIONS[name].attribute not in (None, *data.attributes):
            there = ", ".join(ATTRIBUTE + known for known in data.attributes) or "none"
            raise click.ClickException(f"The data have no attribute “{DIMENSIONS[name].label}”. They have: {there}.")


def filterable() -> list[str]:
    return [name for name, dimension in DIMENSIONS.items() if not dimension.is_calendar]


def rows_of(result: Result, name: str) -> list[dict[str, Any]]:
    """The result as objects: the dimensions, a name where people read one, ``value`` and ``n``."""
    rows = []
    for record in result.frame.to_dict("records"):
        row = {key: plain(value) for key, value in record.items() if key.removesuffix(NAME_SUFFIX) in result.query.by}
        row = {key.replace(NAME_SUFFIX, "_name"): value for key, value in row.items()}
        n = record.get(name + N_SUFFIX)
        row["value"] = _number(record[name], name) if name not in result.missing else None
        row["n"] = None if n is None or pd.isna(n) else int(n)
        rows.append(row)
    return rows


def in_order(rows: list[dict[str, Any]], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows in the order of their dimensions: days and hours as the calendar has them, others as they came."""
    firsts: dict[tuple[str, Any], int] = {}
    for place, row in enumerate(rows):
        for name in by:
            firsts.setdefault((name, row[name]), place)

    def place(name: str, value: Any) -> Any:
        grain = DIMENSIONS[name].grain
        if grain is None or value is None:
            return (value is None, firsts[name, value])
        return (False, WEEKDAYS.index(value) if grain == "weekday" else value)

    return sorted(rows, key=lambda row: [place(name, row[name]) for name in by])


def _number(value: Any, name: str) -> Any:
    """A metric's value: counts as whole numbers, null where unknown."""
    number = plain(value)
    return int(number) if number is not None and METRICS[name].unit is Unit.COUNT else number


def plain(value: Any) -> Any:
    """A value as JSON knows it; NaN is null."""
    if isinstance(value, float) and pd.isna(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value.item() if hasattr(value, "item") else value


def show(result: Result, name: str, form: str) -> None:
    """Print the rows in the format asked for; what nobody loaded is said on standard error."""
    rows = in_order(rows_of(result, name), result.query.by)
    if result.missing:
        files = files_in_words(METRICS[name].needs)
        click.echo(f"Nobody has loaded this yet. It needs {files}.", err=True)
    if result.ignored:
        click.echo(f"{METRICS[name].label} cannot follow: {', '.join(result.ignored)}.", err=True)
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_csv(rows, [*result.query.by, "value", "n"])
    else:
        unit = METRICS[name].unit
        print_table([{**row, "value": exact(row["value"], unit)} for row in rows])


def print_table(rows: list[dict[str, Any]]) -> None:
    """Rows in columns as wide as their widest cell, numbers at the right."""
    if not rows:
        click.echo("Nothing matches.")
        return
    columns = list(rows[0])
    cells = [["—" if row[c] is None else str(row[c]) for c in columns] for row in rows]
    widths = [max(len(c), *(len(line[i]) for line in cells)) for i, c in enumerate(columns)]
    for line in [columns, *cells]:
        click.echo(
            "  ".join(
                t.rjust(w) if c in ("value", "n") else t.ljust(w) for t, w, c in zip(line, widths, columns, strict=True)
            ).rstrip()
        )


def print_list(form: str) -> None:
    """Every metric of the registry with what it means."""
    listed = described()
    if form == "json":
        print_json(listed)
    elif form == "csv":
        print_csv(listed, list(listed[0]))
    else:
        for one in listed:
            about = f"{one['label']}. {one['definition']}"
            click.echo(f"{one['name']}\n    {about}\n    = {one['formula']}   [{one['unit']}; n: {one['n']}]")
