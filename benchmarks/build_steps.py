"""Where building the star spends its time and its memory:  python -m benchmarks.build_steps --facts 1000000"""

import gc
import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import duckdb

from benchmarks.data import home_with
from benchmarks.figures import table
from data_layer.ingest.options import ImportOptions
from data_layer.warehouse import generations
from data_layer.warehouse.build import Build, build_star

MIB = 2**20


class Meter:
    """Notes seconds, CPU seconds, peak memory and what was spilled to disk, from one step of the build to the next."""

    def __init__(self, spill: Path) -> None:
        self._spill = spill
        self._name = "prepare"
        self.lines: list[tuple[str, float, float, float, float]] = []
        self._begin()

    def step(self, name: str) -> None:
        """The step before ends here."""
        seconds, cpu = time.perf_counter() - self._start, sum(os.times()[:2]) - self._cpu
        spilled = sum(path.stat().st_size for path in self._spill.glob("*")) / MIB
        self.lines.append((self._name, seconds, cpu, _peak_mib(), spilled))
        self._name = name
        self._begin()

    def _begin(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self._start, self._cpu = time.perf_counter(), sum(os.times()[:2])


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def build_again(source: Path, memory_limit: str) -> list[tuple[str, float, float, float, float]]:
    """Build the star of a generation's sources once more, in a copy, step by step."""
    with tempfile.TemporaryDirectory(prefix="clientscope-build-", dir=source.parent) as folder:
        copy, spill = Path(folder) / "copy.duckdb", Path(folder) / "spill"
        shutil.copy(source, copy)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit, "temp_directory": str(spill), "checkpoint_threshold": "1TB",
        }  # fmt: skip
        with duckdb.connect(str(copy), config=config) as con:
            con.execute("SET TimeZone = 'UTC'")
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall():
                con.execute(f"DROP TABLE main.{name}")
            con.execute("CHECKPOINT")
            gc.collect()
            meter = Meter(spill)
            build_star(_build(con, meter))
            meter.step("")
    return meter.lines


def _build(con: duckdb.DuckDBPyConnection, meter: Meter) -> Build:
    options = ImportOptions()
    return Build(
        con, time_zone="America/New_York", active_days=options.active_days, balance_stale_days=options.balance_stale_days,
        reply_window_hours=options.reply_window_hours, generation_id="again",
        created_at=datetime.now(UTC).replace(tzinfo=None), is_demo=True, loaded_at={}, on_step=meter.step,
    )  # fmt: skip


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=1_000_000, show_default=True, help="Rows in all.")
@click.option("--file", type=click.Path(exists=True, path_type=Path), help="The file of a generation to take instead.")
@click.option("--memory-limit", default=ImportOptions().memory_limit, show_default=True, help="What DuckDB may take.")
def main(facts: int, file: Path | None, memory_limit: str) -> None:
    """Build the star of loaded data again and print what each step took.  Peaks are of the whole process."""
    source = file or generations.current_file(home_with(facts))
    if source is None:
        raise click.ClickException("Nothing is loaded.")
    found = build_again(source, memory_limit)
    lines = [(name, f"{s:.2f}", f"{c:.2f}", f"{peak:,.0f}", f"{spilled:,.0f}") for name, s, c, peak, spilled in found]
    total = ("all of it", f"{sum(line[1] for line in found):.2f}", f"{sum(line[2] for line in found):.2f}")
    most = (f"{max(line[3] for line in found):,.0f}", f"{max(line[4] for line in found):,.0f}")
    header = ("step", "seconds", "CPU seconds", "peak MiB", "spilled MiB")
    table("Building the star", header, [*lines, (*total, *most)])


if __name__ == "__main__":
    main()
