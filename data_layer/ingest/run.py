"""The import: read → map → validate → stage → build → check → publish.

Nothing that a reader sees changes before the last step.  Killed at any moment, an import leaves at most half-made
files, which the next one deletes.
"""

import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data_layer.ingest import checks, history, merging, ranges, references, totals, watermarks
from data_layer.ingest.conversion import create_staged
from data_layer.ingest.database import open_database
from data_layer.ingest.discovery import Found, Input, find_inputs, list_files
from data_layer.ingest.errors import ImportFailed, Interrupted, TooManyRejects, one_line
from data_layer.ingest.interruption import Interruption, interruptible
from data_layer.ingest.lock import import_lock
from data_layer.ingest.options import ImportOptions, LoadReport, LoadStatus, SourceReport
from data_layer.ingest.pace import Pace
from data_layer.ingest.precision import drop_empty_times
from data_layer.ingest.rejects import first_rejects, refuse_too_many
from data_layer.ingest.sources import ALL_TABLES, BY_NAME
from data_layer.ingest.sql import counted, literal, quoted
from data_layer.ingest.staging import Staged, Stager
from data_layer.ingest.together import stage_alike, written_alike
from data_layer.ingest.workspace import open_workspace
from data_layer.warehouse import generations
from data_layer.warehouse.build import STEPS, Build, build_star
from data_layer.warehouse.publish import PublishFailed, publish

# What a load is called that reads nothing.
REBUILT = "the rows loaded before"


def in_words(error: Exception) -> str:
    """What stopped an import, as a sentence that says whether anything changed."""
    if isinstance(error, PublishFailed):
        return f"{error} The site still shows the data of before."
    if isinstance(error, OSError):
        return f"The import stopped: {error.strerror or error}. Nothing was published."
    return f"The import stopped in the database: {one_line(error)}. Nothing was published."


def run_import(path: Path | str, home: Path, options: ImportOptions | None = None) -> LoadReport:
    """Load a folder, a file or (as text) the database of a SQLAlchemy URL into a new generation and publish it.

    Raises ImportFailed (see its kinds) where nothing was published; its ``report`` says how far the load came.
    """
    return _run(path, home, options)


def run_rebuild(home: Path, options: ImportOptions | None = None) -> LoadReport:
    """Build a new generation from the rows of the current one and publish it: for another release, or other settings.

    Raises ImportFailed as :func:`run_import` does, NoGeneration where nothing was ever loaded.
    """
    if generations.current_file(home) is None:
        raise generations.NoGeneration("There is nothing to rebuild: no data has been loaded yet.")
    return _run(None, home, options)


def _run(path: Path | str | None, home: Path, options: ImportOptions | None) -> LoadReport:
    """Load what is there; from None nothing but the rows of the current generation."""
    chosen = options or ImportOptions()
    with interruptible() as interruption:
        try:
            with import_lock(generations.folder_of(home)):
                generations.clear_half_made(home)
                killed = history.settle(home)
                load = _Load(path, home, chosen, interruption)
                load.report.warnings += [_of_killed(one) for one in killed]
                return load.run()
        except KeyboardInterrupt:
            if interruption.wanted is None:
                raise
            raise Interrupted(interruption.wanted) from None


class _Load:
    """One load under the lock."""

    def __init__(self, path: Path | str | None, home: Path, options: ImportOptions, interruption: Interruption) -> None:
        self._path = path
        self._interruption = interruption
        self._home = home
        self._final = generations.new_file(home)
        self._built = generations.building_file(self._final)
        self._spill = self._final.with_name(f".spill-{self._final.stem}")
        self._scratch = self._final.with_name(f".scratch-{self._final.name}")
        self._spools = self._final.with_name(f".spill-{self._final.stem}-files")
        self._database = open_database(path, self._spools) if isinstance(path, str) else None
        self._old: set[str] = set()  # staged tables of the current generation
        self._merged: set[str] = set()  # those that a load adds to
        self._given: dict[str, set[str]] = {}  # the columns that were read of each table
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        load_id = generations.id_of(self._final)
        self._folder = history.folder_of(home, load_id)
        self.report = LoadReport(
            load_id,
            self._database.name if self._database else str(path or REBUILT),
            self._started.isoformat(timespec="seconds"),
            is_demo=options.is_demo,
            who=options.who,
            mapping=options.mapping.name if options.mapping else None,
        )
        self._diary = history.Diary(home, self.report)
        self._options = self._telling(options)

    def _telling(self, options: ImportOptions) -> ImportOptions:
        """The options, with what tells how far the load is telling the history too."""

        def step(what: str, done: int, total: int) -> None:
            options.progress(what, done, total)
            self._diary.step(what, done, total)

        def rows(count: int, done: int) -> None:
            options.rows(count, done)
            self._diary.rows(count, done)

        return replace(options, progress=step, rows=rows)

    def run(self) -> LoadReport:
        try:
            self._diary.begin()
            self._load()
        except BaseException as error:
            # A signal may come out of the database, or of a file that is just read, as any error.
            if self._interruption.wanted is not None:
                raise self._failed(Interrupted(self._interruption.wanted)) from None
            if isinstance(error, ImportFailed | PublishFailed | duckdb.Error | OSError):
                raise self._failed(error) from error
            raise
        finally:
            self._finish()
        return self.report

    def _failed(self, error: Exception) -> ImportFailed:
        failure = error if isinstance(error, ImportFailed) else ImportFailed(in_words(error))
        status = LoadStatus.STOPPED if isinstance(failure, Interrupted) else LoadStatus.FAILED
        self.report.status, self.report.error = status.value, str(failure)
        failure.report = self.report
        return failure

    def _finish(self) -> None:
        """Whatever happened: write the report, leave nothing half-made."""
        self.report.finished_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.report.seconds = round(time.monotonic() - self._clock, 3)
        for name in (self._built.name, self._scratch.name):
            for leftover in self._final.parent.glob(f"{name}*"):
                leftover.unlink(missing_ok=True)
        for folder in (self._spill, self._spools):
            shutil.rmtree(folder, ignore_errors=True)
        if self._database is not None:
            self._database.close()
        if self.report.status == LoadStatus.RUNNING:
            self.report.status = LoadStatus.FAILED.value
            self.report.error = "The import stopped at an error in the program. Nothing was published."
        self._diary.end()

    def _load(self) -> None:
        self._spools.mkdir(parents=True, exist_ok=True)
        found = self._find()
        self.report.ignored_files = list(found.ignored)
        con = self._connect()
        found_out = checks.nothing_before()
        try:
            previous = self._attach_previous(con)
            self._old = merging.tables_in(con, "previous") if previous else set()
            self._merged = set() if self._options.replace else self._old
            if self._database is not None:
                since = watermarks.read(con, "previous", self._database.name) if previous else {}
                self._database.since.update({} if self._options.replace else since)
            self._stage(con, found)
            self._look_at_rejects(con)
            self._match(con)
            self._take_over(con)
            watermarks.write(con, self._database, "previous" if previous else None)
            self._build(con, previous)
            self.report.tables = totals.table_rows(con, previous)
            if previous:
                found_out = checks.compare(con, "previous", _catalog(con))
                con.execute("DETACH previous")
            con.execute("CHECKPOINT")
        finally:
            con.close()
        before = generations.current_file(self._home) if previous else None
        self.report.totals = totals.changes(totals.totals_of(before), totals.totals_of(self._built))
        checks.insist(self.report, found_out, self._options.force)
        if self._options.dry_run:
            self.report.status = LoadStatus.DRY_RUN.value
            return
        publish(self._home, self._built, self._final, self._options.warehouse_url, self._interruption.hold)
        self.report.generation_id = generations.id_of(self._final)
        self.report.status = LoadStatus.PUBLISHED.value

    def _find(self) -> Found:
        if self._path is None:
            return Found((), ())
        foreigns = self._database.tables() if self._database is not None else list_files(Path(self._path), self._spools)
        return find_inputs(self.report.path, foreigns, self._options.mapping)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        con = open_workspace(self._built, self._spill, self._scratch, self._options)
        self._interruption.tell(con.interrupt)
        return con

    def _attach_previous(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Attach the current generation as ``previous``; not where demo data and real data would mix."""
        current = generations.current_file(self._home)
        if current is None:
            return False
        con.execute(f"ATTACH {literal(str(current))} AS previous (READ_ONLY)")
        row = con.execute("SELECT bool_or(is_demo) FROM previous.main.generation").fetchone()
        if row is not None and bool(row[0]) is not self._options.is_demo:
            con.execute("DETACH previous")
            kept = "Demo data are" if row[0] else "The data loaded before are"
            self.report.warnings.append(f"{kept} not part of this generation; rollback brings them back.")
            return False
        return True

    def _stage(self, con: duckdb.DuckDBPyConnection, found: Found) -> None:
        """Stage every file and count what became of its rows."""
        rejects = self._folder / history.REJECTS
        stager = Stager(con, self._options, rejects)
        total = sum(item.size for item in found.inputs)
        pace = Pace(con, self._options, total)
        for items in written_alike(found.inputs):
            table = items[0].table
            target = self._target(table.name)
            if not self._source(table.name, table.group).files:
                con.execute(create_staged(table, target))
            for item, staged in zip(items, stage_alike(stager, pace, items, target), strict=True):
                self._count(item, staged)
        self.report.tell(*(source.emptiness for source in self.report.sources))
        self._options.progress("Read", total, total)
        if rejects.exists():
            self.report.rejects_file = str(rejects)
            self.report.first_rejects = first_rejects(rejects)

    def _count(self, item: Input, staged: Staged) -> None:
        """What became of the rows of a file."""
        source = self._source(item.table.name, item.table.group)
        source.files += [] if item.reader.name in source.files else [item.reader.name]
        source.unknown_columns += [name for name in item.mapped.unknown if name not in source.unknown_columns]
        self._given.setdefault(item.table.name, set()).update(item.mapped.present)
        source.read += staged.read
        source.loaded += staged.loaded
        source.rejected += staged.rejected
        source.left_out += staged.left_out
        self.report.tell(*item.reader.notes(), *staged.notes)

    def _look_at_rejects(self, con: duckdb.DuckDBPyConnection) -> None:
        """Keep what came of counting the rows.  TooManyRejects beyond the limit."""
        for source in self.report.sources:
            if self._database and source.source in self._database.in_part & self._merged:
                source.before = merging.rows_in(con, f"previous.source.{source.source}")
        limit = f"{checks.FEW_REJECTS} of {self._options.max_rejects:g} %"
        checks.keep(self.report, [checks.accounts(self.report)])
        try:
            refuse_too_many(self.report, self._options.max_rejects)
        except TooManyRejects as error:
            checks.keep(self.report, [checks.Check(limit, checks.Outcome.FAILED, str(error))])
            raise
        checks.keep(self.report, [checks.Check(limit, checks.Outcome.PASSED)])

    def _target(self, name: str) -> str:
        """Where a table's new rows go: into the generation, or beside it where old rows must be merged in."""
        return f"scratch.main.{name}" if name in self._merged else f"source.{name}"

    def _source(self, name: str, group: str) -> SourceReport:
        for source in self.report.sources:
            if source.source == name:
                return source
        source = SourceReport(name, group)
        self.report.sources.append(source)
        return source

    def _match(self, con: duckdb.DuckDBPyConnection) -> None:
        """Of a mapped load: put keys for names, and tell what names nothing that is known."""
        mapping = self._options.mapping
        if mapping is None:
            return
        loaded = {source.source: self._target(source.source) for source in self.report.sources}
        tables: dict[str, list[str]] = {name: [target] for name, target in loaded.items()}
        for name in self._old:
            if name in self._merged or name not in loaded:
                tables.setdefault(name, []).append(f"previous.source.{name}")
        references.look_up_names(con, mapping, tables)
        self.report.unmatched = references.unmatched(con, mapping, loaded, tables, self._given)
        self.report.warnings += references.in_words(self.report.unmatched)

    def _take_over(self, con: duckdb.DuckDBPyConnection) -> None:
        """Fill schema ``source``: the rows of this load, over or beside those of the last generation."""
        for source in self.report.sources:
            table, staged = BY_NAME[source.source], self._target(source.source)
            drop_empty_times(con, table, staged, self._options.zone)
            self.report.tell(*ranges.outside(con, table, staged))
            source.duplicates = merging.drop_duplicates(con, table, staged)
            if source.source in self._merged:
                name = f"source.{table.name}"
                source.updated = merging.merge(con, table, f"previous.{name}", staged, name)
        loaded = {source.source for source in self.report.sources}
        for table in ALL_TABLES:
            if table.name in self._old - loaded:
                merging.copy(con, table, f"previous.source.{table.name}", f"source.{table.name}")
        con.execute("DETACH scratch")

    def _build(self, con: duckdb.DuckDBPyConnection, previous: bool) -> None:
        options = self._options
        build = Build(
            con,
            time_zone=options.time_zone,
            active_days=options.active_days,
            balance_stale_days=options.balance_stale_days,
            reply_window_hours=options.reply_window_hours,
            conversion_days=options.conversion_days,
            attribution_days=options.attribution_days,
            health_weights=options.health_weights,
            generation_id=generations.id_of(self._final),
            created_at=self._started.replace(tzinfo=None),
            is_demo=options.is_demo,
            loaded_at=self._loaded_at(con, previous),
            identity=options.identity,
            phone_country=options.home_country,
        )
        done = [0]

        def on_step(name: str) -> None:
            options.progress(f"Building {name}", done[0], len(STEPS) + 1)
            done[0] += 1

        build.on_step = on_step
        build_star(build)
        self.report.as_of = build.as_of.isoformat()
        self.report.warnings += build.warnings
        if previous and not options.identity.match and (apart := _merged_before(con)):
            self.report.warnings.append(
                f"{counted(apart, 'client')} merged into others before: apart again, for this load does not match identities."
            )
        self.report.identity = dict(
            con.execute("SELECT outcome, count(*) FROM main.identity_match GROUP BY outcome ORDER BY 1").fetchall()
        )
        rows = con.execute("SELECT source, orphans, first_date, last_date FROM main.load_source").fetchall()
        facts = {name: values for name, *values in rows}
        for source in self.report.sources:
            orphans, first, last = facts[source.source]
            source.orphans = orphans
            source.first_date, source.last_date = (day.isoformat() if day else None for day in (first, last))

    def _loaded_at(self, con: duckdb.DuckDBPyConnection, previous: bool) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        if previous:
            found.update(con.execute("SELECT source, loaded_at FROM previous.main.load_source").fetchall())
        started = self._started.replace(tzinfo=None)
        found.update({source.source: started for source in self.report.sources})
        return found


def _merged_before(con: duckdb.DuckDBPyConnection) -> int:
    """How many clients the last generation had merged into others."""
    row = con.execute("SELECT count(*) FROM previous.main.dim_customer WHERE is_merged_away").fetchone()
    return int(row[0]) if row else 0


def _catalog(con: duckdb.DuckDBPyConnection) -> str:
    """What the file that is being built is called in SQL."""
    row = con.execute("SELECT current_database()").fetchone()
    assert row is not None
    return quoted(str(row[0]))


def _of_killed(report: LoadReport) -> str:
    """What an import says of one before it that was killed."""
    when = report.started_at.replace("T", " ").replace("+00:00", " UTC")
    if report.status == LoadStatus.PUBLISHED:
        return f"The import that began at {when} was killed right after publishing its data."
    return f"The import that began at {when} was interrupted; nothing of it was published."
