"""Rows a second and peak memory of an import:  python -m benchmarks.import_speed --facts 1000000"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from benchmarks.data import customers_for, environment
from benchmarks.figures import table
from benchmarks.import_files import VARIANTS, prepare
from data_layer.synthetic import generate


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option(
    "--variant", type=click.Choice(VARIANTS), default="plain", show_default=True, help="What the files are like."
)
def main(facts: int, variant: str) -> None:
    """Import generated CSV files of about so many rows into an empty site, once, in a process of its own.

    careful: Windows-1252 with a row that does not fit in every large file.  gz: packed.  mapped: under other names.
    """
    with tempfile.TemporaryDirectory(prefix="clientscope-import-") as folder:
        files, home = Path(folder) / "files", Path(folder) / "home"
        generate(files, customers=customers_for(facts), end=date.today() - timedelta(days=1))
        size = sum(path.stat().st_size for path in files.iterdir())
        mapping = prepare(files, variant)
        seconds, usage, report = run(files, home, mapping)
    rows, cpu = report["rows"], usage.ru_utime + usage.ru_stime
    print(f"\n{rows:,} rows, {size / 1e6:,.0f} MB as plain CSV, {report['rejected']} rejected")
    parts = {**report["phases"], "process, start to end": (seconds, cpu)}
    lines = [(name, f"{s:.1f}", f"{c:.1f}", f"{rows / s:,.0f}" if s else "") for name, (s, c) in parts.items()]
    table(f"Import, {variant}", ("phase", "seconds", "CPU seconds", "rows a second"), lines)
    print(f"\npeak memory {usage.ru_maxrss / 1024:,.0f} MiB")


def run(files: Path, home: Path, mapping: Path | None) -> tuple[float, Any, dict[str, Any]]:
    """Seconds, resource usage and report of one import."""
    command = [sys.executable, "-m", "benchmarks.import_phases", str(files), str(home)]
    start = time.perf_counter()
    with (home.parent / "report.json").open("w+") as output:
        process = subprocess.Popen(
            [*command, *([str(mapping)] if mapping else [])], env=environment(home), stdout=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise click.ClickException(f"The import ended with status {process.returncode}.")
        output.seek(0)
        return seconds, usage, json.load(output)


if __name__ == "__main__":
    main()
