"""How the data commands talk: tables for people, JSON for scripts."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from data_layer.ingest.errors import names_shown
from data_layer.ingest.options import LoadReport
from data_layer.semantics.formats import neutral

as_json = click.option("--json", "json_", is_flag=True, help="Print the result as JSON.")
FORM = click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
COLUMNS = ("source", "read", "loaded", "rejected", "duplicates", "orphans", "first day", "last day")


def print_json(value: Any) -> None:
    """JSON on standard output; dates in ISO form."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """CSV on standard output; ``columns``: where there is no row.  No text in it runs as a formula in a spreadsheet."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else columns)
    writer.writeheader()
    writer.writerows({name: neutral(value) for name, value in row.items()} for row in rows)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns of equal width; numbers to the right."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(header, *cells, strict=True)]
    numeric = [all(isinstance(row[i], int) for row in rows) and bool(rows) for i in range(len(header))]
    for line in [list(header), *cells]:
        aligned = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        )
        click.echo("  ".join(aligned).rstrip())


def print_report(report: LoadReport) -> None:
    """What a load did, source by source."""
    rows = [
        (s.source, s.read, s.loaded, s.rejected, s.duplicates, s.orphans, s.first_date, s.last_date)
        for s in report.sources
    ]
    if rows:
        print_table(COLUMNS, rows)
    click.echo(
        f"Read {report.read:,} = loaded {report.loaded:,} + rejected {report.rejected:,} in {report.seconds:.1f} s."
    )
    for source in report.sources:
        if source.left_out:
            click.echo(f"{source.source}: the mapping leaves out {source.left_out:,} more rows.")
        if source.unknown_columns:
            click.echo(f"{source.source}: ignored the unknown columns {names_shown(source.unknown_columns, 20)}.")
    if report.ignored_files:
        click.echo(f"Ignored, because no table has their name: {names_shown(report.ignored_files, 20)}.")
    for warning in report.warnings:
        click.echo(f"Note: {warning}")
    if report.rejects_file:
        click.echo(f"Rejected rows with their reasons: {report.rejects_file}")
    for reject in report.first_rejects:
        click.echo(f"  {reject}")
    if report.status == "dry run":
        click.echo(f"Dry run: nothing was published. The data would be as of {report.as_of}.")
    if report.generation_id:
        click.echo(f"Published generation {report.generation_id}, data as of {report.as_of}.")


def _shown(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
