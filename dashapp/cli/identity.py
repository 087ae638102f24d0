"""``dashapp identity``: who is one person under several ids."""

from dataclasses import asdict

import click

from dashapp.cli.common import read_settings
from dashapp.cli.reporting import as_json, print_json, print_table
from data_layer.ingest.status import IdentityStatus, matches
from data_layer.warehouse import generations

FIRST_MATCHES = 50
OUTCOMES = {
    "merged": "Merged into another client",
    "conflict": "Left apart, for something contradicts",
    "ignored": "Ignored, for it says nothing about who it is",
}


@click.command()
@click.option("--all", "everything", is_flag=True, help=f"All of them; else the first {FIRST_MATCHES} of each kind.")
@as_json
def identity(everything: bool, json_: bool) -> None:
    """Show who was merged with whom and why, and which matches were doubted.

    A load whose mapping has no [identity] takes every merge back.
    """
    settings = read_settings()
    try:
        found = matches(settings.home)
    except generations.NoGeneration as error:
        raise click.ClickException(str(error)) from error
    if json_:
        print_json([asdict(match) for match in found])
        return
    if not found:
        click.echo("Nobody was matched: only equal ids are one person. A mapping with [identity] matches more.")
    for outcome, heading in OUTCOMES.items():
        rows = [match for match in found if match.outcome == outcome]
        shown = rows if everything else rows[:FIRST_MATCHES]
        if rows:
            click.echo(f"{heading}: {len(rows):,}{'' if len(shown) == len(rows) else f', the first {len(shown)}'}")
            print_table(
                ("stays", "ids", "by", "value", "why"),
                [(m.customer_id, m.ids, m.matched_by, m.value, m.why) for m in shown],
            )


def print_identity(identity: IdentityStatus) -> None:
    """A line or two for ``dashapp check``; nothing where there is nothing to tell."""
    if identity.in_several_systems:
        click.echo(f"Clients known to more than one system under the same id: {identity.in_several_systems:,}.")
    if identity.merged or identity.conflicts or identity.ignored:
        click.echo(
            f"Clients merged by e-mail or phone: {identity.merged:,}; left apart for contradictions: {identity.conflicts:,}; "
            f"shared addresses ignored: {identity.ignored:,}. dashapp identity lists them."
        )
