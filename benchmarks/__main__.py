"""Every measurement, one after the other:  python -m benchmarks"""

import click

from benchmarks import import_speed, load, memory, page, tiles


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.pass_context
def main(context: click.Context, facts: int) -> None:
    """Print the figures of benchmarks/README.md for data of one size."""
    for measurement in (tiles, page, load, memory, import_speed):
        context.invoke(measurement.main, facts=facts)


if __name__ == "__main__":
    main()
