"""The load history: a folder for each load below ``loads/``, with its report, its rejects and how far it is.

The report is there from the first moment on.  A load whose process was killed cannot say so itself: its report says
that it runs, but nobody holds the import lock for it.
"""

import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from data_layer.ingest.lock import holder
from data_layer.ingest.options import LoadReport, LoadStatus
from data_layer.warehouse import generations

REPORT, REJECTS, PROGRESS = "report.json", "rejects.csv", "progress.json"
WRITTEN_SECONDS = 0.5
_ID = re.compile(r"\d{8}T\d{6}Z-\d+")
KILLED = (
    "It ended without a word: its process was killed, or the machine went down. Nothing was published, and what it "
    "had made is cleared away by the next import."
)
KILLED_LATE = "It was killed right after publishing: the data are whole, but its report may not be."


@dataclass(frozen=True)
class Far:
    """How far a running load is: ``done`` of ``total`` in the present step; ``rows`` in ``seconds`` so far."""

    what: str = ""
    done: int = 0
    total: int = 0
    rows: int = 0
    seconds: float = 0.0

    @property
    def rows_per_second(self) -> int:
        """0 while that is not known."""
        return round(self.rows / self.seconds) if self.seconds > 0 else 0


def folder_of(home: Path, load_id: str) -> Path:
    """Where everything about a load is kept."""
    return home / "loads" / load_id


def ids(home: Path) -> list[str]:
    """The loads of this machine, newest first."""
    found = [name for name in _names(home) if (folder_of(home, name) / REPORT).exists()]
    return sorted(found, key=order, reverse=True)


def newest(home: Path) -> str | None:
    """The last load of this machine that has begun; looked up often, and so without a look into each."""
    return max(_names(home), key=order, default=None)


def is_id(text: str) -> bool:
    """Whether a text can be the id of a load."""
    return bool(_ID.fullmatch(text))


def order(load_id: str) -> tuple[str, int]:
    """What puts ids in the order of time."""
    stamp, _, number = load_id.rpartition("-")
    return stamp, int(number)


def write(home: Path, report: LoadReport) -> None:
    """Keep a report: whoever reads it meanwhile sees the one before, or this."""
    _replace(folder_of(home, report.load_id) / REPORT, text_of(report))


def text_of(report: LoadReport) -> str:
    """A report as it is written down."""
    return json.dumps(report.as_dict(), indent=2)


def read(home: Path, load_id: str) -> LoadReport | None:
    """A load as it stands now; None where nothing is known of it here."""
    report = _written(home, load_id)
    if report is None or report.status != LoadStatus.RUNNING or _is_held(home, report):
        return report
    report = _written(home, load_id)  # it may have ended between the two looks
    return _ended(home, report) if report and report.status == LoadStatus.RUNNING else report


def progress(home: Path, load_id: str) -> Far | None:
    """How far a running load is; None where that is not known."""
    try:
        return Far(**json.loads((folder_of(home, load_id) / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def rejects(home: Path, load_id: str) -> Path | None:
    """The rejects file of a load; None where there is none, or it is on another machine."""
    path = folder_of(home, load_id) / REJECTS
    return path if is_id(load_id) and path.is_file() else None


def settle(home: Path) -> list[LoadReport]:
    """Write down which loads were killed, and delete data of theirs that were never shown; the reports of those found now.

    Only the holder of the import lock may call this.
    """
    found = []
    for load_id in ids(home):
        report = _written(home, load_id)
        if report is None or report.status not in (LoadStatus.RUNNING, LoadStatus.INTERRUPTED):
            continue
        is_new = report.status == LoadStatus.RUNNING
        if is_new:
            report = _ended(home, report)
            found.append(report)
        with suppress(OSError):  # on a full disk the next import tells it again
            if report.status == LoadStatus.INTERRUPTED:
                generations.delete_unshown(home, load_id)
            if is_new:
                write(home, report)
                (folder_of(home, load_id) / PROGRESS).unlink(missing_ok=True)
    return found


def forget_rejects(home: Path, before: datetime) -> None:
    """Delete the rejected rows of loads that ended before a moment, which hold people's data; their reports stay."""
    for load_id in ids(home):
        report = read(home, load_id)
        if report is None or not report.ended_before(before):
            continue
        if not report.holds_rows and rejects(home, load_id) is None:  # of one that was killed only the file tells
            continue
        for path in folder_of(home, load_id).glob(f"*{REJECTS}*"):
            path.unlink(missing_ok=True)
        report.forget_rows()
        write(home, report)


class Diary:
    """Keeps the entry of one load up to date while it runs."""

    def __init__(self, home: Path, report: LoadReport, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._report = report
        self._clock = clock
        self._begun = clock()
        self._far = Far()
        self._next = 0.0

    def begin(self) -> None:
        """The load runs, in this process."""
        self._report.pid = os.getpid()
        write(self._home, self._report)

    def step(self, what: str, done: int, total: int) -> None:
        """A new step begins; see ``options.Progress``."""
        self._tell(Far(what, done, total, self._far.rows, self._far.seconds))

    def rows(self, count: int, done: int) -> None:
        """So many rows so far; see ``options.Rows``."""
        passed = round(self._clock() - self._begun, 3)
        self._tell(Far(self._far.what, max(done, self._far.done), self._far.total, max(count, self._far.rows), passed))

    def end(self) -> None:
        """The report says how the load ended."""
        with suppress(OSError):  # on a full disk the message itself matters more than its copy
            write(self._home, self._report)
            for name in (PROGRESS, _draft(PROGRESS)):
                (folder_of(self._home, self._report.load_id) / name).unlink(missing_ok=True)

    def _tell(self, far: Far) -> None:
        self._far = far
        if self._clock() < self._next:
            return
        self._next = self._clock() + WRITTEN_SECONDS
        with suppress(OSError):
            _replace(folder_of(self._home, self._report.load_id) / PROGRESS, json.dumps(asdict(far)))


def _names(home: Path) -> list[str]:
    try:
        return [name for name in os.listdir(home / "loads") if is_id(name)]
    except FileNotFoundError:
        return []


def _replace(path: Path, text: str) -> None:
    generations.private_folder(path.parent)
    draft = path.with_name(_draft(path.name))
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _draft(name: str) -> str:
    return f".{name}.tmp"


def _written(home: Path, load_id: str) -> LoadReport | None:
    if not is_id(load_id):
        return None
    try:
        given = json.loads((folder_of(home, load_id) / REPORT).read_text(encoding="utf-8"))
        return LoadReport.from_dict(given)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _is_held(home: Path, report: LoadReport) -> bool:
    """Whether the process of a load still holds the lock; a number that was given out anew belongs to a newer load."""
    if report.pid is None or newest(home) != report.load_id:
        return False
    return holder(generations.folder_of(home)) == report.pid


def _ended(home: Path, report: LoadReport) -> LoadReport:
    current = generations.current_file(home)
    if current is not None and generations.id_of(current) == report.load_id:
        report.status, report.generation_id = LoadStatus.PUBLISHED.value, report.load_id
        report.warnings.append(KILLED_LATE)
    else:
        report.status, report.error = LoadStatus.INTERRUPTED.value, KILLED
    last = max(path.stat().st_mtime for path in folder_of(home, report.load_id).iterdir())
    report.finished_at = datetime.fromtimestamp(last, UTC).isoformat(timespec="seconds")
    report.seconds = max(0.0, last - datetime.fromisoformat(report.started_at).timestamp())
    return report
