"""What the browser gets for a tile: JSON that it can draw without asking again.

One function answers for every tile of every page, so that the states — figures, nothing to show, a source nobody
loaded, an error — look and behave the same everywhere.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

import callbacks
import data_layer
import layouts
from callbacks.questions import has_subject, nobody_words
from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.standards import Standards, judged
from data_layer.appdb.naming import Gone
from data_layer.followups import Followups
from data_layer.ingest.sources import BY_NAME
from data_layer.loads import Loads
from data_layer.segments import Segments
from data_layer.semantics.cache import Cache, key_of
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import day_in_words, days_in_words, site_currency
from data_layer.semantics.metric import files_in_words
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, Warehouse, WarehouseAway
from layouts.figures.tables import as_table, keys_of_rows
from layouts.page import Page
from layouts.tile import Tile, View

log = logging.getLogger(__name__)


def code_stamp() -> str:
    """When the code that answers and draws was last changed: part of every key, so that no older answer is reused."""
    roots = [Path(module.__file__ or "").parent for module in (callbacks, data_layer, layouts)]
    return str(max(file.stat().st_mtime_ns for root in roots for file in root.rglob("*.py")))


CODE = code_stamp()


@dataclass(frozen=True)
class Desk:
    """Where tiles are answered: the data and the cache.

    ``note(login, action, detail)`` writes a line into the audit log.  ``fresh_days``: how old data may be.
    ``segments``: the saved segments.  ``standards``: what figures are measured by.  ``followups``: those added here.
    ``loads``: the load history.  ``fresh_sources``: how old single sources may be.  ``zone``: the site's time zone.
    """

    warehouse: Warehouse
    cache: Cache
    note: Callable[[str, str, dict[str, Any]], None]
    fresh_days: int = 2
    segments: Segments = field(default_factory=Segments)
    standards: Standards = field(default_factory=Standards)
    followups: Followups = field(default_factory=Followups)
    loads: Loads = field(default_factory=Loads)
    fresh_sources: Mapping[str, int] = field(default_factory=dict)
    zone: str = "UTC"

    def ask(self, selection: Selection, viewer: Viewer, data: Generation) -> Ask:
        """The question of a tile, with all that the site itself knows."""
        may_write = self.followups.may_write(viewer)
        return Ask(selection, viewer, data, self.standards, lambda: self.followups.still_open(viewer), may_write)

    def data(self, viewer: Viewer) -> Generation:
        """The data as they are now, by the clocks that the viewer wants to see.  Raises NoData or WarehouseAway."""
        return self.warehouse.seen_from(viewer.zone)

    def live(self, viewer: Viewer) -> str:
        """A short text that changes when open pages of this viewer should ask anew, though the data are the same."""
        loads = self.loads.stamp() if viewer.role is Role.ADMIN else ""
        return key_of(repr(self.standards.targets()), self.followups.stamp(viewer), loads)[:8]

    def selection(self, search: str, viewer: Viewer, *, strict: bool = False) -> Selection:
        """What a link asks for, with the saved segments that it names as this viewer may use them.

        One that is gone, or an attribute that the data do not have, is left out and named in ``problems``; ``strict``
        raises Gone instead: a download has no place to say that it holds everybody.
        """
        parsed = Selection.parse(search)
        try:
            data = self.data(viewer)
            held = self.segments.hold(parsed, viewer, data, strict=strict)
            known = held.among(lambda: data.attributes)
        except (NoData, WarehouseAway):
            return parsed
        if strict and known is not held:
            raise Gone(known.problems[-1])
        return known


@dataclass(frozen=True)
class Form:
    """What a tile's answer is wanted as.

    ``name``: part of the cache key.  ``answer``: puts the tile's question.  ``content``: the answer as JSON.
    """

    name: str
    answer: Callable[[Tile, Ask], Answer]
    content: Callable[[Tile, Answer], dict[str, Any]]


CARD = Form(
    "card",
    lambda tile, ask: tile.analysis(ask),
    lambda tile, answer: {"content": tile.draw(answer), "table": _whole_table(tile, answer)},
)


def _whole_table(tile: Tile, answer: Answer) -> dict[str, Any]:
    """The table view; ``cut``: how many rows there are beside those in it."""
    found = as_table(answer.columns, main=tile.metrics[0])
    if tile.view is View.CHART:
        found["keys"] = keys_of_rows(answer.columns, tile.emits)
    groups = answer.facts.get("groups")
    return found if groups is None else {**found, "cut": max(0, groups - len(found["rows"]))}


def tile_payload(
    desk: Desk,
    page: Page,
    tile: Tile,
    selection: Selection,
    viewer: Viewer,
    form: Form = CARD,
    data: Generation | None = None,
) -> bytes:
    """The finished JSON of a tile.  Never raises: what went wrong is in the payload, and in the log under its id.

    ``data``: the state of the data that is asked, where several answers must be of the same; else the current one.
    """
    try:
        asked = data or desk.data(viewer)
        mine = selection.for_tile(tile.name)
        if not has_subject(page, mine, viewer, asked):
            return _message("empty", nobody_words(page))
        question = (form.name, page.name, tile.name, mine.cache_key(), *_beside(desk, tile, viewer))
        key = key_of(CODE, site_currency(), asked.id, viewer.cache_key(), *question)
        return desk.cache.get(key, lambda: orjson.dumps(_answered(page, tile, desk.ask(mine, viewer, asked), form)))
    except NoData as error:
        return _message("empty", str(error))
    except QueryTooLong as error:
        return _message("error", f"{error} Choose a shorter period or fewer groups.", retry=True)
    except WarehouseAway:
        return _message("error", "The data cannot be reached at the moment.", retry=True, code=_log(tile))
    except Exception:
        return _message("error", "This figure could not be computed.", retry=True, code=_log(tile))


def _beside(desk: Desk, tile: Tile, viewer: Viewer) -> list[Any]:
    """What a tile's answer rests on beside the data: part of its key, so that a change of it shows at once."""
    if tile.view is View.KPI:
        return [repr(desk.standards.targets().of(tile.metrics[0]))]
    found: list[Any] = [desk.standards.least_n] if getattr(tile.analysis, "needs_least_n", False) else []
    if getattr(tile.analysis, "needs_high_intent", False):
        found.append(desk.standards.high_intent_replies)
    if getattr(tile.analysis, "needs_followups", False):
        found += [desk.followups.may_write(viewer), repr(desk.followups.still_open(viewer))]
    return found


def _log(tile: Tile) -> str:
    """Put the exception being handled into the log, in one record, under an id that the tile shows."""
    code = secrets.token_hex(4)
    log.error("Tile %s failed, id %s", tile.name, code, exc_info=True)
    return code


def _message(state: str, text: str, *, retry: bool = False, code: str = "") -> bytes:
    return orjson.dumps({"state": state, "message": text, "retry": retry, "code": code})


def _answered(page: Page, tile: Tile, ask: Ask, form: Form) -> dict[str, Any]:
    answer = form.answer(tile, ask)
    if tile.view is View.KPI:
        answer = judged(answer, tile.metrics[0], ask)
    about = about_tile(tile, answer, ask)
    if answer.missing and tile.metrics[0] in answer.missing:
        absent = (name for name in tile.metrics if name in answer.missing and not ask.data.has(*METRICS[name].needs))
        lacking = next(absent, tile.metrics[0])
        return {"state": "missing", "message": missing_words(lacking, ask.data, brief=tile.view is View.KPI), **about}
    if answer.is_empty:
        return {
            "state": "empty",
            "message": answer.facts.get("nothing") or _empty_words(page, tile.metrics, ask),
            **about,
        }
    if tile.view is View.CHART and _is_unknown(answer, tile.metrics):
        return {"state": "empty", "message": _unknown_words(tile.metrics, ask), **about}
    return {"state": "ok", **form.content(tile, answer), **about}


def about_tile(tile: Tile, answer: Answer, ask: Ask) -> dict[str, Any]:
    """Subtitle, definitions, and the days the data covers: what the card says around its figure."""
    sources = [ask.data.sources[s] for m in tile.metrics for s in METRICS[m].sources if s in ask.data.sources]
    last = max((s.last_date for s in sources if s.last_date), default=None)
    return {
        "subtitle": days_in_words(answer.window),
        "ignored": [DIMENSIONS[name].label for name in answer.ignored],
        "asOf": day_in_words(min(last, ask.data.as_of)) if last else None,
        "about": {
            "hint": tile.hint,
            "metrics": [definition_of(name) for name in dict.fromkeys(tile.metrics)],
            "n": f"{answer.n:,} {METRICS[tile.metrics[0]].n_label}" if answer.n is not None else None,
            "days": days_in_words(answer.window),
            "zone": ask.data.time_zone,
        },
    }


def definition_of(name: str) -> dict[str, str]:
    """What explains a metric: ``label``, ``definition``, ``formula``, ``denominator``."""
    metric = METRICS[name]
    return {
        "label": metric.label,
        "definition": metric.definition,
        "formula": metric.formula,
        "denominator": metric.n_label,
    }


def missing_words(metric: str, data: Generation, *, brief: bool = False) -> str:
    """Which file would fill a tile that has no source.  ``brief``: for a card with little room."""
    lacking = data.lacking(*METRICS[metric].needs) or METRICS[metric].needs
    files = files_in_words(lacking)
    if brief:
        return f"Not loaded. Needs {files}."
    return f"Nobody has loaded this yet. It needs {files}: {BY_NAME[lacking[0][0]].fills}."


def _is_unknown(answer: Answer, metrics: tuple[str, ...]) -> bool:
    """Whether a picture would have nothing in it but axes."""
    shown = [answer.columns[name] for name in metrics if name in answer.columns]
    return bool(shown) and all(value is None or value != value for column in shown for value in column)


def _unknown_words(metrics: tuple[str, ...], ask: Ask) -> str:
    return _dateless(metrics, ask) or "Nothing is known of this period. Choose another one."


def _dateless(metrics: tuple[str, ...], ask: Ask) -> str | None:
    """Of figures whose sources have no dates at all."""
    loaded = [ask.data.sources[s] for name in metrics for s in METRICS[name].sources if s in ask.data.sources]
    if loaded and not any(source.first_date for source in loaded):
        files = " and ".join(dict.fromkeys(f"{source.name}.csv" for source in loaded))
        return f"There are no dates in {files}, so nothing is known of when this was."
    return None


def _empty_words(page: Page, metrics: tuple[str, ...], ask: Ask) -> str:
    if [name for name, _ in ask.selection.conditions() if name != page.subject]:
        return "Nothing matches these filters in this period. Remove a filter or choose a longer period."
    return _dateless(metrics, ask) or (
        f"Nothing happened in this period. The data goes up to {day_in_words(ask.data.as_of)}."
    )


def state_id(desk: Desk, data: Generation, viewer: Viewer) -> str:
    """The state of the data and of what the site itself knows: while it stays, so does every answer."""
    return f"{data.id}.{desk.live(viewer)}{'.away' if desk.warehouse.is_away else ''}"


def stamp(desk: Desk, data: Generation, viewer: Viewer) -> dict[str, Any]:
    """What the frame says about the data as a whole.

    ``stale``: older than the freshness target; ``away``: the warehouse does not answer, these are the last figures.
    """
    today = datetime.now(ZoneInfo(data.time_zone)).date()
    stale = (today - data.as_of).days > desk.fresh_days
    return {
        "words": day_in_words(data.as_of),
        "demo": data.is_demo,
        "stale": stale,
        "away": desk.warehouse.is_away,
    }
