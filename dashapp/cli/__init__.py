"""The command ``dashapp``; each module of this package adds its own part."""

import sys

import click

from data_layer.ingest.interruption import stopping_at_once

# Loading all of this takes a moment, in which somebody may think better of an import.
with stopping_at_once(sys.argv[1:2] == ["import"]):
    from dashapp.cli.backup import backup, restore
    from dashapp.cli.data import COMMANDS as DATA_COMMANDS
    from dashapp.cli.glossary import glossary
    from dashapp.cli.health import health
    from dashapp.cli.identity import identity
    from dashapp.cli.loads import loads
    from dashapp.cli.metric import metric
    from dashapp.cli.segment import segment
    from dashapp.cli.serve import serve, settings
    from dashapp.cli.target import target
    from dashapp.cli.trial import trial
    from dashapp.cli.user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clientscope", prog_name="dashapp")
def main() -> None:
    """Clientscope: run the site and look after its users and data."""


main.add_command(serve)
main.add_command(backup)
main.add_command(restore)
main.add_command(glossary)
main.add_command(identity)
main.add_command(health)
main.add_command(loads)
main.add_command(metric)
main.add_command(segment)
main.add_command(settings)
main.add_command(target)
main.add_command(trial)
main.add_command(user)
for command in DATA_COMMANDS:
    main.add_command(command)
