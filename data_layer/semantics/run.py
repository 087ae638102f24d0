"""Running queries: the only place where a metric's SQL meets the database."""

from dataclasses import replace
from math import nan
from typing import Any

from sqlalchemy import Connection

from data_layer.access import Viewer
from data_layer.semantics import over_time
from data_layer.semantics.dimensions import DIMENSIONS, WEEKDAYS
from data_layer.semantics.grouping import (
    GROUPS,
    NAME_SUFFIX,
    PEERS,
    POSITION_SUFFIX,
    SPLIT_BY,
    STRETCH,
    TOTAL,
    TOTAL_N,
    sql_name,
)
from data_layer.semantics.metric import Metric
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import N_SUFFIX, Frame, Part, Query, parts, statement
from data_layer.semantics.result import Columns, Result, complete, coverage, is_known
from data_layer.semantics.scope import depends_on_days, follows
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.functions import columns_of

__all__ = ["Result", "complete", "coverage", "run", "run_apart"]


def run(query: Query, selection: Selection, viewer: Viewer, data: Generation, window: Window | None = None) -> Result:
    """Answer a query under a selection, for a viewer.

    ``window``: other days than the selection's, as for a comparison.  Raises :class:`QueryTooLong` and
    :class:`WarehouseAway`.
    """
    frame = _frame(selection, viewer, data, window)
    answers, ignored = _answers(query, frame, data)
    return _result(query, answers, ignored, frame, data)


def run_apart(
    query: Query, selection: Selection, viewer: Viewer, data: Generation, windows: tuple[Window, ...]
) -> list[dict[str, Result]]:
    """Answer a query by each of its dimensions by itself, for each of some windows; see :func:`run`.

    One reading of each fact serves all of them, where the windows do not meet and no filter keeps other rows for other days.
    """
    frame = _frame(selection, viewer, data, windows[0])
    known = tuple(name for name in query.by if over_time.is_rolled_up(replace(query, by=(name,)), frame, data))
    found = [
        {name: run(replace(query, by=(name,)), selection, viewer, data, days) for name in known} for days in windows
    ]
    rest = replace(query, by=tuple(name for name in query.by if name not in known))
    if rest.by:
        read = _read_apart(rest, frame, windows, data)
        found = [before | after for before, after in zip(found, read, strict=True)]
    return found


def _read_apart(query: Query, frame: Frame, windows: tuple[Window, ...], data: Generation) -> list[dict[str, Result]]:
    if any(days.within(other).days for days in windows for other in windows if days is not other) or any(
        depends_on_days(METRICS[name].fact, frame.filters) or METRICS[name].superseded for name in _asked(query)
    ):
        return [_apart(query, frame, (days,), data)[0] for days in windows]
    return _apart(query, frame, windows, data)


def _apart(query: Query, frame: Frame, windows: tuple[Window, ...], data: Generation) -> list[dict[str, Result]]:
    frame = replace(frame, window=windows[0], stretches=windows)
    answers, ignored = _answers(replace(query, apart=True), frame, data)
    found = []
    for days in windows:
        context, results = replace(frame, window=days), {}
        for place, name in enumerate(reversed(query.by)):
            theirs = [_split(answer, name, query, place, days) for answer in answers]
            results[name] = _result(replace(query, by=(name,)), theirs, ignored, context, data)
        found.append(results)
    return found


def _frame(selection: Selection, viewer: Viewer, data: Generation, window: Window | None) -> Frame:
    selection = selection.among(lambda: data.attributes)
    days = window or selection.window(data.as_of, data.first_day)
    return Frame(days, tuple(selection.conditions()), viewer, data.as_of)


def _answers(query: Query, frame: Frame, data: Generation) -> tuple[list[Columns], tuple[str, ...]]:
    """What each SELECT answers, and the dimensions of the selection that some of them cannot follow."""
    answers: list[Columns] = []
    ignored: set[str] = set()
    for whole in parts(name for name in _asked(query) if data.has(*METRICS[name].needs)):
        followed, left_out = _followed(whole, frame)
        ignored.update(left_out)
        for part, kept in over_time.halves(whole, query, followed, data):
            found = _over_time(part, query, followed, data, kept) if kept else _part(part, query, followed, data)
            answers.append(found)
    return answers, tuple(sorted(ignored))


def _result(query: Query, answers: list[Columns], ignored: tuple[str, ...], frame: Frame, data: Generation) -> Result:
    merged = _merged(answers, query)
    marks = {mark: (merged.pop(mark, None) or [0])[0] for mark in (GROUPS, PEERS, TOTAL, TOTAL_N)} if query.most else {}
    merged = merged if query.most and answers else _ordered(merged, query)
    asked = _asked(query)
    for name in asked:
        _settle(merged, name, query, frame, data)
    for name in query.metrics:
        _derive(merged, METRICS[name])
    figures = {column: merged.pop(column) for name in asked for column in (name, name + N_SUFFIX)}
    figures |= {
        column: merged.pop(column) for name in query.metrics for column in (name, name + N_SUFFIX) if column in merged
    }
    # In the order in which they were asked for, whichever statement answered them.
    merged |= {column: figures[column] for name in query.metrics for column in (name, name + N_SUFFIX)}
    missing = tuple(name for name in query.metrics if not data.has(*METRICS[name].needs))
    return Result(query, frame.window, merged, missing, ignored, **{mark: float(of) for mark, of in marks.items()})


def _asked(query: Query) -> tuple[str, ...]:
    """The metrics that the facts are asked for: of one made of others, those."""
    return tuple(dict.fromkeys(part for name in query.metrics for part in METRICS[name].of or (name,)))


def _derive(columns: Columns, metric: Metric) -> None:
    """Compute a metric that is made of others, group by group; its n is that of the first of them."""
    if metric.derive is not None:
        columns[metric.name] = [
            metric.derive(*values) for values in zip(*(columns[name] for name in metric.of), strict=True)
        ]
        columns[metric.name + N_SUFFIX] = columns[metric.of[0] + N_SUFFIX]


def _split(answer: Columns, name: str, query: Query, bit: int, days: Window) -> Columns:
    """The rows of one grouping set and stretch, without the columns of the others."""
    marks = zip(answer[SPLIT_BY], answer[STRETCH], strict=True)
    rows = [row for row, (mask, start) in enumerate(marks) if not mask >> bit & 1 and start == days.start]
    others = {SPLIT_BY, STRETCH} | {
        other + part for other in query.by if other != name for part in ("", NAME_SUFFIX, POSITION_SUFFIX)
    }
    return {key: [column[row] for row in rows] for key, column in answer.items() if key not in others}


def _followed(part: Part, frame: Frame) -> tuple[Frame, tuple[str, ...]]:
    """The frame with those filters alone that say anything about the part's rows, and the names of the others.

    What other filters leave alone is then asked once for all of them.
    """
    fact = part.first.fact.name
    kept = tuple(one for one in frame.filters if follows(fact, one[0]))
    left_out = tuple(name for name, _ in frame.filters if not follows(fact, name) and not DIMENSIONS[name].is_apart)
    return replace(frame, filters=kept), left_out


def _over_time(part: Part, query: Query, frame: Frame, data: Generation, kept: over_time.Kept) -> Columns:
    """What is made of what is kept for all days: only the filters, not the days, make it ask anew."""

    def ask() -> Any:
        with data.connect() as connection:
            return kept.read(columns_of(connection.execute(kept.statement())))

    return kept.figures(data.all_days.get(kept.key, ask), part, query, frame)


def _part(part: Part, query: Query, frame: Frame, data: Generation) -> Columns:
    """What one SELECT answers; asked once by all who ask it together."""

    def ask() -> Columns:
        select = statement(part, query, frame)
        with data.connect() as connection:
            return _fetch(connection, select, query, part)

    names = tuple(metric.name for metric in part.metrics)
    days = (frame.window, frame.stretches, frame.as_of)
    key = (names, query.by, query.apart, query.most, days, frame.filters, frame.viewer.cache_key())
    found: Columns = data.memo.get(key, ask)
    return found


def _fetch(connection: Connection, select: Any, query: Query, asked: Part) -> Columns:
    """The columns of an answer.  A figure that SQL knows nothing of is NaN; None is for groups that are not there."""
    cursor = connection.execute(select)
    given = {sql_name(name) + part: name + part for name in query.by for part in ("", POSITION_SUFFIX)}
    names = [given.get(name, name) for name in tuple(cursor.keys())]
    columns = zip(*cursor.fetchall(), strict=True)
    found = dict(zip(names, map(list, columns), strict=False)) or {name: [] for name in names}
    for metric in asked.metrics:
        found[metric.name] = [nan if value is None else float(value) for value in found[metric.name]]
    return found


def _merged(answers: list[Columns], query: Query) -> Columns:
    """Bring the facts' answers together on the dimensions they share; None where one of them has no such group."""
    if len(answers) == 1:
        return dict(answers[0])
    if not query.by:
        return {name: column for answer in answers for name, column in answer.items()}
    keys = _keys(query, answers)
    groups: dict[tuple[Any, ...], int] = {}
    rows = [list(zip(*(answer[key] for key in keys), strict=True)) for answer in answers]
    for answered in rows:
        for group in answered:
            groups.setdefault(group, len(groups))
    merged: Columns = {key: [group[i] for group in groups] for i, key in enumerate(keys)}
    for answer, answered in zip(answers, rows, strict=True):
        places = [groups[group] for group in answered]
        for name in answer.keys() - merged.keys():
            column: list[Any] = [None] * len(groups)
            for place, value in zip(places, answer[name], strict=True):
                column[place] = value
            merged[name] = column
    return merged


def _keys(query: Query, answers: list[Columns]) -> list[str]:
    """The columns that say which group a row is: each dimension's value, name and position."""
    found = {column for answer in answers for column in answer}
    return [
        key
        for name in query.by
        for key in (name, name + NAME_SUFFIX, name + POSITION_SUFFIX)
        if key == name or key in found
    ]


def _settle(columns: Columns, name: str, query: Query, context: Frame, data: Generation) -> None:
    """Make a metric's columns numbers, 0 where nothing happened and NaN where nothing is known."""
    metric, known = METRICS[name], coverage(METRICS[name], data)
    length = len(columns[query.by[0]]) if query.by else 1
    unknown = [nan] * length
    if known is None:
        columns[name], columns[name + N_SUFFIX] = unknown, _numbers(columns, name + N_SUFFIX, length, nan)
        return
    columns[name + N_SUFFIX] = _numbers(columns, name + N_SUFFIX, length, 0.0)
    if query.calendar is None and not is_known(metric, context.window, known):
        columns[name] = unknown
    else:
        columns[name] = _numbers(columns, name, length, 0.0 if metric.is_zero_when_empty else nan)


def _numbers(columns: Columns, name: str, length: int, empty: float) -> list[float]:
    values = columns.get(name) or [None] * length
    return [empty if value is None else float(value) for value in values]


def _ordered(columns: Columns, query: Query) -> Columns:
    """The groups in the order of their dimensions; weekdays by name, hours only where they are known."""
    if not query.by:
        return columns
    for name in query.by:
        columns.setdefault(name, [])
    keys = list(zip(*(_sort_keys(columns, name) for name in query.by), strict=True))
    hours = [columns[name] for name in query.by if DIMENSIONS[name].grain == "hour"]
    kept = [place for place in range(len(keys)) if all(hour[place] is not None for hour in hours)]
    kept.sort(key=keys.__getitem__)
    ordered = {
        name: [column[place] for place in kept]
        for name, column in columns.items()
        if not name.endswith(POSITION_SUFFIX)
    }
    for name in query.by:
        if DIMENSIONS[name].grain == "weekday":
            ordered[name] = [WEEKDAYS[int(number) - 1] for number in ordered[name]]
    return ordered


def _sort_keys(columns: Columns, name: str) -> list[tuple[bool, Any]]:
    """What puts the values of a dimension into their own order; unknown ones last."""
    values = columns.get(name + POSITION_SUFFIX) or columns[name]
    order = DIMENSIONS[name].order if DIMENSIONS[name].grain is None and values is columns[name] else ()
    if order:
        ranks = {value: rank for rank, value in enumerate(order)}
        return [(False, ranks.get(value, len(ranks))) for value in values]
    return [(value is None, 0 if value is None else value) for value in values]
