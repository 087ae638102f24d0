"""``dashapp health``: how healthy the clients are, and how well the score tells who will leave."""

from dataclasses import asdict
from datetime import date
from typing import Any

import click

from dashapp.cli.common import read_settings
from dashapp.cli.reporting import as_json, print_json
from data_layer.access import Role, Viewer
from data_layer.analyses.health_power import HORIZON_DAYS, Evaluation, Power, evaluate
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import NoData, QueryTooLong, Warehouse, WarehouseAway
from data_layer.warehouse.health import COMPONENTS

DAY_TYPE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--evaluate", "wanted", is_flag=True, help="Measure how well the score told who left later.")
@click.option("--days", default=HORIZON_DAYS, show_default=True, help="Leaving within so many days of a score counts.")
@click.option("--from", "start", type=DAY_TYPE, help="Only scores measured on or after this day.")
@click.option("--to", "end", type=DAY_TYPE, help="Only scores measured before this day.")
@as_json
def health(wanted: bool, days: int, start: Any, end: Any, json_: bool) -> None:
    """Show the mean health score of the clients, and with --evaluate its power."""
    settings = read_settings()
    viewer = Viewer("terminal", Role.ADMIN)
    try:
        data = Warehouse(settings.home, settings.postgres_warehouse, settings.query_timeout_seconds).current()
        if wanted:
            show(evaluate(viewer, data, days, _day(start), _day(end)), days, json_)
            return
        result = run(Query(("health_score",)), Selection(), viewer, data)
    except (NoData, QueryTooLong, WarehouseAway) as error:
        raise click.ClickException(str(error)) from error
    value = result.value("health_score")
    if json_:
        print_json({"health_score": value, "n": result.n("health_score"), "as_of": data.as_of})
        return
    mean = UNKNOWN_VALUE if value is None else f"{value:.1f}"
    click.echo(f"Mean health score {mean} of {result.n('health_score'):,} clients on {day_in_words(data.as_of)}.")


def _day(moment: Any) -> date | None:
    return moment.date() if moment else None


def show(found: Evaluation, days: int, json_: bool) -> None:
    """Print the power of the score, of each component alone, and of each day of measurement."""
    if found.overall.auc is None:
        raise click.ClickException("There is no day with a score that has both clients who left later and who stayed.")
    if json_:
        print_json({"horizon_days": days, **asdict(found)})
        return
    click.echo(f"Clients who held nothing any more within {days} days of a score, against those who did. AUC, 95 %:\n")
    labels = {part.name: part.label for part in COMPONENTS} | {"score": "Health score"}
    for power in (found.overall, *found.parts):
        click.echo(line(labels[power.name], power))
    click.echo("\nThe score, day by day:\n")
    for power in found.days:
        click.echo(line(power.name, power))


def line(label: str, power: Power) -> str:
    """One area with its interval and what it rests on."""
    known = power.auc is not None
    area = f"{power.auc:.3f}  ({power.low:.3f} to {power.high:.3f})" if known else UNKNOWN_VALUE
    return f"  {label:<22} {area:<26} {power.left:>7,} left, {power.stayed:>9,} stayed"
