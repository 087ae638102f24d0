"""``dashapp target``: what metrics should reach."""

import json
from datetime import UTC, datetime

import click
from sqlalchemy import Engine

from dashapp.cli.common import changing, read_settings, shell_user
from data_layer.appdb import audit, targets
from data_layer.semantics.formats import exact
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.targets import BASE_DAYS, Target, TargetError, adds_up, merged, new_target, read_value


@click.group()
def target() -> None:
    """Set what metrics should reach; cards show it, red, amber or green."""


@target.command(name="set")
@click.argument("metric")
@click.argument("value")
@click.option("--watch", help="Amber reaches up to this value (default: a tenth off the target).")
@click.option("--team", help="For this team alone.")
def set_target(metric: str, value: str, watch: str | None, team: str | None) -> None:
    """METRIC should reach VALUE, such as 90% or 15, in the metric's unit.

    Whether more or less is better, the metric says. Of a metric that adds up over days VALUE is for 30 of them and is
    shown in proportion to the period. Open pages show the change within moments.
    """
    try:
        wanted = new_target(metric, read_value(value), read_value(watch) if watch else None, team or None)
    except TargetError as error:
        raise click.ClickException(str(error)) from error
    with changing() as engine:
        targets.keep(engine, wanted, who(), datetime.now(UTC))
        note(engine, "target_set", wanted.metric, team, value=wanted.value, watch=wanted.watch)
    click.echo(in_words(wanted))


@target.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def show(as_json: bool) -> None:
    """Show every target that holds."""
    settings = read_settings()
    with changing() as engine:
        own = targets.everyones(engine)
    found = merged(settings.targets, own).kept
    if as_json:
        click.echo(json.dumps([as_row(one, own) for one in found], indent=2))
        return
    if not found:
        click.echo("There is no target; set one with `dashapp target set METRIC VALUE`.")
    for one in found:
        click.echo(f"{in_words(one)}{'' if one in own else ' Set by TARGETS.'}")


@target.command()
@click.argument("metric")
@click.option("--team", help="The target of this team.")
def remove(metric: str, team: str | None) -> None:
    """Take the target of METRIC away; one in the setting TARGETS holds again then."""
    with changing() as engine:
        was_there = targets.remove(engine, metric, team or None)
        if was_there:
            note(engine, "target_removed", metric, team)
    if not was_there:
        raise click.ClickException(f"No target of “{metric}” was set here; `dashapp target list` shows them all.")
    click.echo(f"Removed the target of {metric}{f' for {team}' if team else ''}.")


def in_words(one: Target) -> str:
    """One target as a line."""
    metric = METRICS[one.metric]
    per = f" in {BASE_DAYS} days" if adds_up(metric) else ""
    whom = f" for {one.team}" if one.team else ""
    return f"{metric.label} ({one.metric}){whom}: {one.words}{per}, amber up to {exact(one.watch, metric.unit)}."


def as_row(one: Target, own: tuple[Target, ...]) -> dict[str, object]:
    """A target as JSON; ``by``: where it is set."""
    place = "command" if one in own else "TARGETS"
    return {"metric": one.metric, "team": one.team, "value": one.value, "watch": one.watch, "by": place}


def who() -> str:
    """The person at this machine's shell."""
    return f"shell:{shell_user()}"


def note(engine: Engine, action: str, metric: str, team: str | None, **detail: float) -> None:
    """A line in the audit log."""
    audit.record(engine, who(), action, {"metric": metric, "team": team, **detail})
