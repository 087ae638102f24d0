"""One import, and the seconds of its phases as JSON:  python -m benchmarks.import_phases FILES HOME [MAPPING]"""

import json
import os
import sys
import time
from pathlib import Path

from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_import

READ, BUILT, LAST = "Read", "Building", "Building sources"


class Phases:
    """Notes when a phase begins, from what an import tells of its progress."""

    def __init__(self) -> None:
        self._begun: list[tuple[str, float, float]] = []

    def begin(self, name: str) -> None:
        """The phase before ends here."""
        seconds, cpu = time.perf_counter(), sum(os.times()[:2])
        if not self._begun or self._begun[-1][0] != name:
            self._begun.append((name, seconds, cpu))

    def progress(self, what: str, _done: int, _total: int) -> None:
        """A step of the import."""
        if what == READ:
            self.begin("replace duplicates")
        elif what == LAST:
            self.begin("check and publish")
        elif what.startswith(BUILT):
            self.begin("build the star")

    def seconds(self) -> dict[str, tuple[float, float]]:
        """Seconds and CPU seconds of each phase that has ended."""
        pairs = zip(self._begun, self._begun[1:], strict=False)
        return {name: (end - start, cpu_end - cpu) for (name, start, cpu), (_, end, cpu_end) in pairs}


def main(files: str, home: str, mapping: str | None = None) -> None:
    """Import files into an empty instance folder and print the phases and the rows."""
    phases = Phases()
    phases.begin("read, check and stage")
    options = ImportOptions(
        is_demo=True, progress=phases.progress, mapping=read_mapping(Path(mapping)) if mapping else None
    )
    report = run_import(Path(files), Path(home), options)
    phases.begin("end")
    json.dump({"rows": report.read, "rejected": report.rejected, "phases": phases.seconds()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
