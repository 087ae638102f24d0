"""Rows a second and peak memory of an import of any size:  python -m benchmarks.import_scale --rows 100000000"""

import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

import click

from benchmarks.figures import table
from benchmarks.import_speed import run
from benchmarks.wide_files import write_files

# What a row takes on disk: as text, in the new generation, and for a while beside it.
BYTES_OF_A_ROW = 400


@click.command()
@click.option("--rows", type=click.IntRange(10_000), default=100_000_000, show_default=True, help="Rows in all.")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where there is room for it."
)
def main(rows: int, folder: Path | None) -> None:
    """Import the nine files of a financial company with so many rows into an empty site, once, then delete all of it."""
    place = folder or Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free
    if free < rows * BYTES_OF_A_ROW:
        raise click.ClickException(
            f"That takes about {rows * BYTES_OF_A_ROW / 1e9:,.0f} GB; {free / 1e9:,.0f} are free."
        )
    with tempfile.TemporaryDirectory(prefix="clientscope-scale-", dir=place) as scratch:
        files, home = Path(scratch) / "files", Path(scratch) / "home"
        write_files(files, rows, date.today() - timedelta(days=1))
        size = sum(path.stat().st_size for path in files.iterdir())
        seconds, usage, report = run(files, home, None)
        kept = sum(path.stat().st_size for path in (home / "warehouse").iterdir())
    read, cpu = report["rows"], usage.ru_utime + usage.ru_stime
    print(
        f"\n{read:,} rows, {size / 1e9:.1f} GB of CSV, {report['rejected']} rejected; a generation of {kept / 1e9:.1f} GB"
    )
    parts = {**report["phases"], "process, start to end": (seconds, cpu)}
    lines = [(name, f"{s:.1f}", f"{c:.1f}", f"{read / s:,.0f}" if s else "") for name, (s, c) in parts.items()]
    table("Import", ("phase", "seconds", "CPU seconds", "rows a second"), lines)
    print(f"\npeak memory {usage.ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
