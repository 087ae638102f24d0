"""The page *Data*: the loads, how fresh each source is, and which state of the data is current."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from data_layer.freshness import Freshness, SourceAge
from data_layer.ingest.history import Far
from data_layer.ingest.options import LoadReport, LoadStatus
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words
from layouts.pages.loads import PAGE

PAGE_LOADS = 25
Cell = Component | str
Rows = Sequence[Sequence[Cell]]
# Word and shape: the colour says nothing that they do not.
STATES: dict[str, tuple[str, str]] = {
    LoadStatus.RUNNING: ("run", "Running"),
    LoadStatus.PUBLISHED: ("good", "Published"),
    LoadStatus.DRY_RUN: ("flat", "Dry run"),
    LoadStatus.FAILED: ("bad", "Failed"),
    LoadStatus.STOPPED: ("watch", "Stopped"),
    LoadStatus.INTERRUPTED: ("bad", "Interrupted"),
}
FRESH: dict[Freshness, str] = {
    Freshness.FRESH: "good", Freshness.LATE: "watch", Freshness.VERY_LATE: "bad", Freshness.UNJUDGED: "flat",
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A state of the data that there is.  ``as_of``: its last day; ``loaded``: when it was made; None where unknown."""

    id: str
    is_current: bool
    as_of: date | None
    loaded: datetime | None


@dataclass(frozen=True)
class Overview:
    """What the page shows.  ``loads``: those of page ``number`` of ``count`` in all.  ``trouble``: why no data is shown."""

    zone: str
    loads: Sequence[LoadReport]
    number: int
    count: int
    running: LoadReport | None
    far: Far | None
    kept: Sequence[Kept]
    ages: Sequence[SourceAge]
    trouble: str | None = None


def overview(shown: Overview) -> Component:
    """The whole page, while no load is opened."""
    parts = [running(shown.running, shown.far, shown.zone)] if shown.running else []
    parts += [_history(shown), _freshness(shown), _current(shown)]
    return html.Div(parts, className="tiles")


def running(report: LoadReport, far: Far | None, zone: str) -> Component:
    """How far the load is that runs now; the page asks again while this is there."""
    words = [f"Since {moment(report.started_at, zone)}" + (f", by {report.who}" if report.who else "")]
    share = min(far.done / far.total, 1.0) if far and far.total else None
    if far and far.what:
        words.append(far.what + (f" ({share:.0%} of this step)" if share is not None else ""))
    if far and far.rows:
        speed = f", {far.rows_per_second:,} a second" if far.rows_per_second else ""
        words.append(f"{far.rows:,} rows read{speed}")
    bar = html.Progress(value=str(round(share or 0, 3)), max="1", **{"aria-label": "How far this step is"})
    return section(
        "An import is running",
        [html.P([link(report.path, load=report.load_id)], className="loads-path"), bar, html.P(" · ".join(words))],
        "is-running",
    )


def _history(shown: Overview) -> Component:
    if not shown.count:
        words = "Nothing has been loaded yet. Load some data with “dashapp import FOLDER”."
        return section("Loads", [html.P(words, className="message")])
    heads = ("Began", "Status", "Source", "Who", "#Read", "#Loaded", "#Rejected", "#Updated", "#Took")
    return section("Loads", [_pager(shown), table(heads, [_row(one, shown.zone) for one in shown.loads])])


def _row(report: LoadReport, zone: str) -> list[Cell]:
    numbers = (report.read, report.loaded, report.rejected, report.updated)
    counts = [f"{number:,}" if report.is_counted else UNKNOWN_VALUE for number in numbers]
    return [
        link(moment(report.started_at, zone), load=report.load_id),
        status(report),
        html.Span(report.path, className="loads-source", title=report.path),
        report.who or UNKNOWN_VALUE,
        *counts,
        took(report),
    ]


def _pager(shown: Overview) -> Component | str:
    pages = (shown.count + PAGE_LOADS - 1) // PAGE_LOADS
    if pages < 2:
        return ""
    first = (shown.number - 1) * PAGE_LOADS
    words = f"{first + 1:,} – {min(first + PAGE_LOADS, shown.count):,} of {shown.count:,}"
    turns = [
        _turn("‹", "Newer loads", shown.number - 1, shown.number > 1),
        _turn("›", "Older loads", shown.number + 1, shown.number < pages),
    ]
    return html.Nav(
        [html.Span(words, className="list-words"), *turns], className="list-pager", **{"aria-label": "Loads"}
    )


def _turn(sign: str, label: str, to: int, there: bool) -> Component:
    name = "button list-turn"
    if not there:
        return html.Span(sign, className=f"{name} is-off", **{"aria-hidden": "true"})
    href = address(page=str(to)) if to > 1 else address()
    return html.A(sign, href=href, className=f"{name} to-page", title=label, **{"aria-label": label})


def _freshness(shown: Overview) -> Component:
    if shown.trouble:
        return section("Freshness of the sources", [html.P(shown.trouble, className="message")])
    heads = ("Source", "State", "#Rows", "Goes up to", "Last loaded", "System")
    rows = [
        [
            one.name, state(FRESH[one.state], _freshness_words(one)), f"{one.rows:,}",
            day_in_words(one.last_date) if one.last_date else UNKNOWN_VALUE, moment(one.loaded_at, shown.zone), one.group,
        ]
        for one in shown.ages
    ]  # fmt: skip
    note = (
        "A source is late when its newest row is older than FRESH_DAYS, or than its own target in FRESH_SOURCES, and "
        "very late from twice that. A source whose rows carry no day is judged by its last load, where it has a target."
    )
    return section("Freshness of the sources", [table(heads, rows), html.P(note, className="tile-foot")], span=8)


def _freshness_words(one: SourceAge) -> str:
    if one.age is None or one.target is None:
        return "Not judged"
    age = "1 day old" if one.age == 1 else f"{one.age:,} days old"
    word = str(one.state).capitalize()
    return f"{word}: {age}" + ("" if one.state is Freshness.FRESH else f", target {one.target}")


def _current(shown: Overview) -> Component:
    """Which state of the data is shown, and the ones to return to."""
    if not shown.kept:
        words = "No earlier data are kept on this machine; they are on the one that imports."
        return section("What the site shows", [html.P(words, className="message")], span=4)
    seen = next((one.id for one in shown.kept if one.is_current), "")
    rows = [
        [
            link(moment(one.loaded, shown.zone) if one.loaded else one.id, load=one.id),
            day_in_words(one.as_of) if one.as_of else UNKNOWN_VALUE,
            state("good", "Shown now") if one.is_current else _return_to(one, seen, shown.zone),
        ]
        for one in shown.kept
    ]
    note = "The last three loads are kept. Returning to one deletes nothing: it can be taken back in the same way."
    body = [table(("Loaded", "Data as of", "State"), rows), html.P(note, className="tile-foot")]
    return section("What the site shows", body, span=4)


def _return_to(one: Kept, seen: str, zone: str) -> Component:
    loaded = f", loaded {moment(one.loaded, zone)}" if one.loaded else ""
    words = f"the data as of {day_in_words(one.as_of)}{loaded}" if one.as_of else f"load {one.id}"
    data = {"data-rollback": one.id, "data-seen": seen, "data-words": words}
    return html.Button(
        "Return to this", type="button", className="button", **data, **{"aria-label": f"Return to {words}"}
    )


# --- what the list and the one load share ---------------------------------------------------------------------------


def section(title: str, body: Sequence[Cell], name: str = "", span: int = 12) -> Component:
    """A card of the page."""
    head = html.Header(html.H2(title, className="tile-title"), className="tile-head")
    return html.Section([head, *body], className=f"tile loads-card span-{span} {name}".strip(), **{"aria-label": title})


def table(heads: Sequence[str], rows: Rows, name: str = "grid") -> Component:
    """A table; a heading that begins with # is that of numbers.

    Each cell has its heading with it: on a phone a row may get lines of its own, see ``assets/25_fit.js``.
    """
    kinds = ["number" if head.startswith("#") else "" for head in heads]
    top = html.Tr(
        [html.Th(head.lstrip("#"), className=kind, scope="col") for head, kind in zip(heads, kinds, strict=True)]
    )
    labels = [head.lstrip("#") for head in heads]
    lines = [
        html.Tr(
            [
                html.Td(cell, className=kind, **{"data-label": label})
                for cell, kind, label in zip(row, kinds, labels, strict=True)
            ]
        )
        for row in rows
    ]
    body = html.Table([html.Thead(top), html.Tbody(lines)], className=name)
    return html.Div(body, className="table-wrap", tabIndex=0)


def state(kind: str, words: str) -> Component:
    """A state as a word in a colour, with a shape of its own."""
    return html.Span(words, className=f"state state-{kind}")


def status(report: LoadReport) -> Component:
    """How a load stands or ended."""
    return state(*STATES.get(report.status, ("flat", report.status.capitalize())))


def address(**parameters: str) -> str:
    """The page with these parameters."""
    return PAGE.path + (f"?{urlencode(parameters)}" if parameters else "")


def link(words: str, **parameters: str) -> Component:
    """A link within the page."""
    return html.A(words, href=address(**parameters), className="to-page")


def moment(value: str | datetime, zone: str) -> str:
    """21 Nov 2026, 14:05, in the site's time zone; texts and moments without a zone are UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    local = at.astimezone(ZoneInfo(zone))
    return f"{day_in_words(local.date())}, {local:%H:%M}"


def took(report: LoadReport) -> str:
    """How long a load took."""
    if report.status == LoadStatus.RUNNING:
        return "…"
    seconds = report.seconds
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
