"""One load on the page *Data*: what was read from where, what came of it, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from data_layer.ingest.errors import names_shown
from data_layer.ingest.history import Far
from data_layer.ingest.options import LoadReport, SourceReport
from data_layer.ingest.status import Match
from data_layer.semantics.formats import UNKNOWN_VALUE, change, difference, exact
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from layouts.loads import address, link, moment, running, section, state, status, table, took

OUTCOMES = {
    "passed": ("good", "Passed"), "failed": ("bad", "Failed"), "overridden": ("watch", "Failed, and forced"),
    "not run": ("flat", "Not run"),
}  # fmt: skip
MATCHED = {
    "merged": "Merged into another client",
    "conflict": "Left apart, for something contradicts",
    "ignored": "Ignored, for it says nothing about who it is",
}


@dataclass(frozen=True)
class Rejected:
    """The first rejected rows of a load, as file, line, column, reason and text; ``is_here``: the file can be had."""

    rows: Sequence[Sequence[str]]
    is_here: bool


@dataclass(frozen=True)
class Opened:
    """A load and what belongs to it.  ``place``: what became of its data.  ``matches``: None where they are not known."""

    report: LoadReport
    zone: str
    place: str
    far: Far | None
    rejected: Rejected
    matches: Sequence[Match] | None


def nothing() -> Component:
    """Where a link names no load that there is."""
    words = "There is no load of this number; it may have been made on another machine."
    return html.Div([_back(), html.P(words, className="message")])


def detail(opened: Opened) -> Component:
    """All about one load."""
    report = opened.report
    parts = [_about(opened)]
    parts += [_sources(report)] if report.sources else []
    parts += [_rejects(report, opened.rejected)] if report.rejected else []
    parts += [_notes(report)] if _said(report) else []
    parts += [_unmatched(report)] if report.unmatched else []
    parts += [_checks(report)] if report.checks else []
    parts += [_totals(report)] if report.totals else []
    parts += [_tables(report)] if report.tables else []
    parts += [_identities(opened)] if report.identity else []
    now = [running(report, opened.far, opened.zone)] if report.status == "running" else []
    return html.Div([_back(), html.Div([*now, *parts], className="tiles")])


def _back() -> Component:
    return html.P(html.A("‹ All loads", href=address(), className="to-page"), className="loads-back")


def _about(opened: Opened) -> Component:
    report = opened.report
    facts: list[tuple[str, Component | str]] = [
        ("Status", status(report)),
        ("Source", report.path),
        ("Mapping", report.mapping or "none"),
        ("Began", moment(report.started_at, opened.zone)),
        ("Ended", moment(report.finished_at, opened.zone) if report.finished_at else UNKNOWN_VALUE),
        ("Took", took(report)),
        ("Who", report.who or UNKNOWN_VALUE),
        ("Rows", _counted(report)),
        ("Its data", opened.place),
    ]
    body: list[Component | str] = [html.P(report.error, className="loads-error")] if report.error else []
    pairs = [part for label, value in facts for part in (html.Dt(label), html.Dd(value))]
    return section(f"Load {report.load_id}", [*body, html.Dl(pairs, className="facts")])


def _counted(report: LoadReport) -> str:
    if not report.is_counted:
        return UNKNOWN_VALUE
    return f"{report.read:,} read = {report.loaded:,} loaded + {report.rejected:,} rejected"


def _sources(report: LoadReport) -> Component:
    heads = (
        "Source", "System", "#Read", "#Loaded", "#Rejected", "#Updated", "#Duplicates", "#Orphans", "#Left out",
        "First day", "Last day", "From",
    )  # fmt: skip
    note = (
        "Updated: rows that took the place of earlier ones. Duplicates: rows that a later one with the same key took the "
        "place of. Orphans: rows whose parent is in no table. Left out: further rows that the mapping does not want."
    )
    rows = [_source(one) for one in report.sources]
    return section("Sources", [table(heads, rows), html.P(note, className="tile-foot")])


def _source(one: SourceReport) -> list[Component | str]:
    counts = (one.read, one.loaded, one.rejected, one.updated, one.duplicates, one.orphans, one.left_out)
    files = ", ".join(one.files)
    return [
        one.source, one.group, *(f"{count:,}" for count in counts), one.first_date or UNKNOWN_VALUE,
        one.last_date or UNKNOWN_VALUE, html.Span(files, className="loads-source", title=files),
    ]  # fmt: skip


def _rejects(report: LoadReport, rejected: Rejected) -> Component:
    title = f"Rejected rows: {report.rejected:,}"
    if not report.holds_rows:
        return section(title, [html.P("They are no longer kept.", className="tile-foot")])
    if not rejected.is_here:
        told = [html.P(words) for words in report.first_rejects]
        return section(title, [*told, html.P("All of them are on the machine that imported.", className="tile-foot")])
    href = f"{address()}/{report.load_id}/rejects.csv"
    download = html.A("CSV of all rejected rows", href=href, className="button", download=True, id="rejects-csv")
    grid = table(("Source", "File", "#Line", "Column", "Reason", "Row"), rejected.rows)
    first = f"The first {len(rejected.rows)} reasons." if len(rejected.rows) < report.rejected else ""
    return section(title, [html.Div([html.Span(first, className="list-words"), download], className="list-bar"), grid])


def _said(report: LoadReport) -> list[str]:
    unknown = [
        f"{one.source}: the unknown columns {names_shown(one.unknown_columns, 20)} were ignored."
        for one in report.sources
        if one.unknown_columns
    ]
    names = names_shown(report.ignored_files, 20) if report.ignored_files else ""
    ignored = [f"Ignored, because no table has their name: {names}."] if names else []
    return [*report.warnings, *unknown, *ignored]


def _notes(report: LoadReport) -> Component:
    return section("Notes", [html.Ul([html.Li(words) for words in _said(report)], className="loads-notes")])


def _unmatched(report: LoadReport) -> Component:
    rows = [
        [
            f"{one['source']}.{one['column']}",
            f"{one['rows']:,}",
            f"{one.get('ambiguous', 0):,}",  # which loads of an earlier release do not tell
            f"{one['empty']:,}",
            ", ".join(words for words in (one["examples"], one.get("shared")) if words) or UNKNOWN_VALUE,
        ]
        for one in report.unmatched
    ]
    heads = ("Column", "#Rows that name what is in no table", "#Rows whose name several have", "#Empty rows", "Such as")
    return section("Names that match nothing, or several", [table(heads, rows, "grid wraps")])


def _checks(report: LoadReport) -> Component:
    rows = [
        [one["name"], state(*OUTCOMES.get(one["outcome"], ("flat", one["outcome"]))), one["words"] or UNKNOWN_VALUE]
        for one in report.checks
    ]
    return section("Checks before publishing", [table(("Check", "Outcome", "Found"), rows, "grid wraps")])


def _totals(report: LoadReport) -> Component:
    rows = []
    for one in report.totals:
        metric = METRICS.get(one["metric"])
        if metric is not None:
            before, after, unit = one["before"], one["after"], metric.unit
            moved = change(after, before, unit) if before != after else "same"
            label = html.Span(metric.label, title=metric.definition)
            rows.append([label, exact(before, unit), exact(after, unit), moved])
    note = "Over all days of the data, as the pages compute them."
    body = [table(("Total", "#Before", "#After", "#Change"), rows), html.P(note, className="tile-foot")]
    return section("What changed in the totals", body, span=6)


def _tables(report: LoadReport) -> Component:
    rows = []
    for one in report.tables:
        before, after = one["before"], one["after"]
        moved = "same" if before == after else difference((after or 0) - (before or 0), Unit.COUNT)
        rows.append([one["source"], exact(before, Unit.COUNT), exact(after, Unit.COUNT), moved])
    return section("Rows of each table", [table(("Table", "#Before", "#After", "#Change"), rows)], span=6)


def _identities(opened: Opened) -> Component:
    counts = [f"{MATCHED.get(name, name)}: {count:,}" for name, count in opened.report.identity.items()]
    body: list[Component | str] = [html.P(" · ".join(counts))]
    if opened.matches is None:
        body.append(html.P("The list is that of the data which the site shows; these are not.", className="tile-foot"))
    else:
        heads = ("Outcome", "Stays", "Other ids", "By", "Value", "Why")
        rows = [
            [MATCHED.get(m.outcome, m.outcome), m.customer_id or UNKNOWN_VALUE, m.ids, m.matched_by, m.value, m.why]
            for m in opened.matches
        ]
        body.append(table(heads, rows, "grid wraps"))
        if len(opened.matches) < sum(opened.report.identity.values()):
            words = f"The first {len(opened.matches)}; “dashapp identity --all” prints all of them."
            body.append(html.P(words, className="tile-foot"))
    return section("One person under several ids", body)


__all__ = ["Opened", "Rejected", "detail", "link", "nothing"]
