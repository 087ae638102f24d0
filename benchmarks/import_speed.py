"""Rows a second and peak memory of an import:  python -m benchmarks.import_speed --facts 1000000"""

import json
import os
import subprocess
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import click

from benchmarks.data import DASHAPP, customers_for, environment
from benchmarks.figures import table
from data_layer.synthetic import generate


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
def main(facts: int) -> None:
    """Import generated CSV files of about so many rows into an empty site, once, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="clientscope-import-") as folder:
        files, home = Path(folder) / "files", Path(folder) / "home"
        yesterday = date.today() - timedelta(days=1)
        generate(files, customers=customers_for(facts), end=yesterday)
        size = sum(path.stat().st_size for path in files.iterdir())
        seconds, peak, report = run(files, home)
    rows = report["read"]
    wide = ("measure", "figure")
    lines = [
        ("rows read, checked, built and published", f"{rows:,}"),
        ("CSV, MB", f"{size / 1e6:,.0f}"),
        ("seconds, process start to end", f"{seconds:.1f}"),
        ("rows a second", f"{rows / seconds:,.0f}"),
        ("peak memory, MiB", f"{peak / 2**20:,.0f}"),
    ]
    table("Import", wide, lines)


def run(files: Path, home: Path) -> tuple[float, int, dict[str, int]]:
    """Seconds, peak resident bytes and the report of one import."""
    start = time.perf_counter()
    with (home.parent / "report.json").open("w+") as output:
        process = subprocess.Popen([*DASHAPP, "import", str(files), "--json"], env=environment(home), stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise click.ClickException(f"The import ended with status {process.returncode}.")
        output.seek(0)
        return seconds, usage.ru_maxrss * 1024, json.load(output)


if __name__ == "__main__":
    main()
