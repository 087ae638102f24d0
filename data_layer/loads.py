"""The loads of a site, for the terminal and the page: what ran, what came of it, and the way back.

The machine that imports keeps everything about a load in files, from its first moment on.  A copy of each report that
is finished is in the application database, where the other machines of a site find it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from data_layer.appdb import audit
from data_layer.appdb import loads as kept
from data_layer.ingest import history
from data_layer.ingest.history import Far
from data_layer.ingest.options import LoadReport, LoadStatus
from data_layer.ingest.rollback import rollback
from data_layer.warehouse.generations import GenerationFile, published


@dataclass(frozen=True)
class Loads:
    """The loads of a site.  Without an ``engine`` those of this machine; ``warehouse_url``: where it publishes to."""

    home: Path = field(default_factory=Path)
    engine: Engine | None = None
    warehouse_url: str | None = None

    def ids(self) -> list[str]:
        """Every load, newest first."""
        here = set(history.ids(self.home))
        copied = {one for one in kept.ids(self.engine) if history.is_id(one)} if self.engine else set()
        return sorted(here | copied, key=history.order, reverse=True)

    def reports(self, ids: Sequence[str]) -> list[LoadReport]:
        """These loads, in that order; those that cannot be read are left out."""
        found = {one: history.read(self.home, one) for one in ids}
        elsewhere = [one for one, report in found.items() if report is None]
        if elsewhere and self.engine:
            copies = kept.reports(self.engine, elsewhere)
            found |= {str(copy["load_id"]): LoadReport.from_dict(copy) for copy in copies}
        return [report for report in found.values() if report is not None]

    def get(self, load_id: str) -> LoadReport | None:
        """One load; None where there is none of that id."""
        return next(iter(self.reports([load_id])), None) if history.is_id(load_id) else None

    def latest(self) -> LoadReport | None:
        """The newest load."""
        return next(iter(self.reports(self.ids()[:1])), None)

    def stamp(self) -> str:
        """A short text that changes when a load of this machine begins or ends."""
        newest = history.newest(self.home)
        report = history.read(self.home, newest) if newest else None
        return f"{report.load_id} {report.status}" if report else ""

    def far(self, report: LoadReport) -> Far | None:
        """How far a running load is."""
        return history.progress(self.home, report.load_id) if report.status == LoadStatus.RUNNING else None

    def rejects(self, load_id: str) -> Path | None:
        """The file of its rejected rows; None where there is none on this machine."""
        return history.rejects(self.home, load_id)

    def copy_finished(self) -> None:
        """Give the application database what it does not have yet: this load, and any from while it was away."""
        if self.engine is None:
            return
        missing = set(history.ids(self.home)) - kept.ids(self.engine)
        for report in self.reports(sorted(missing, key=history.order)):
            if report.status != LoadStatus.RUNNING:
                begun, ended = datetime.fromisoformat(report.started_at), report.finished_at
                finished = datetime.fromisoformat(ended) if ended else None
                kept.record(
                    self.engine, report.who, report.path, report.status, begun, finished, report.as_dict()
                )  # fmt: skip

    def forget_rejects(self, days: int) -> None:
        """Delete the rejected rows, which hold people's data, of loads that ended so many days ago: here and in the copies."""
        before = datetime.now(UTC) - timedelta(days=days)
        history.forget_rejects(self.home, before)
        if self.engine is None:
            return
        for copy in kept.finished_before(self.engine, before):
            report = LoadReport.from_dict(copy)
            if report.holds_rows:
                report.forget_rows()
                kept.replace(self.engine, report.load_id, report.as_dict())

    def generations(self) -> list[GenerationFile]:
        """The states of the data that this machine can return to and the current one, newest first."""
        return published(self.home)[::-1]

    def roll_back(self, who: str, to: str | None, seen: str | None = None) -> GenerationFile:
        """Return to a state of the data; noted in the audit log.  Raises as :func:`data_layer.ingest.rollback.rollback`."""
        before = next((one.generation_id for one in self.generations() if one.is_current), None)
        target = rollback(self.home, to, self.warehouse_url, seen)
        if self.engine is not None:
            detail: dict[str, Any] = {"from": before, "to": target.generation_id}
            audit.record(self.engine, who, "rollback", detail)
        return target
