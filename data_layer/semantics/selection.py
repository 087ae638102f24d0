"""The state of a page: period, comparison, filters and picks, and how it is written in the URL.

``?period=30d&compare=previous&segment=Retail&segment=Private&pick=aum_by_category~product_category~Equity``

A *filter* comes from the filter bar and holds for every tile.  A *pick* comes from a click on a mark: it holds for
every tile but the one it was made in, which keeps its other marks so that the next click is possible.
``from`` and ``to`` of a custom period are half-open: ``to`` is the day after the last one.  ``saved`` holds the page to
a saved segment, whose rule is looked up for the viewer; see :mod:`data_layer.segments`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from data_layer.semantics.dimensions import DIMENSIONS, SAVED
from data_layer.semantics.listing import Listing
from data_layer.semantics.period import (
    DAY,
    Comparison,
    PeriodName,
    Window,
    bucket_end,
    compare,
    resolve,
)

DEFAULT_PERIOD = PeriodName.DAYS_30
MOST_VALUES = 100
LONGEST_VALUE = 200
SEPARATOR = "~"
ELSEWHERE = frozenset({"records", "at", "after", "load", "page"})  # in the link, but no part of what is selected


@dataclass(frozen=True)
class Pick:
    """Values of one dimension, clicked in one tile."""

    tile: str
    dimension: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class HeldSegment:
    """A saved segment of the link, as it was found for the viewer.

    ``id``: what the link carries.  ``rule``: its rule and the days it is asked of, what conditions compare with; see
    :class:`data_layer.semantics.rules.BoundRule`.
    """

    id: str
    name: str
    rule: str


@dataclass(frozen=True)
class Selection:
    """What a page is asked to show.  Hashable; the same state has the same :meth:`to_search`.

    ``segments``: the saved segments that it is held to.  One that nobody looked up for the viewer holds no client.
    """

    period: PeriodName = DEFAULT_PERIOD
    custom: Window | None = None
    comparison: Comparison = Comparison.PREVIOUS
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    picks: tuple[Pick, ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)
    segments: tuple[HeldSegment, ...] = ()
    lists: tuple[tuple[str, Listing], ...] = ()

    @classmethod
    def parse(cls, search: str) -> "Selection":
        """Read a URL's query string.

        What is not understood is left out and named in ``problems``, in words for the person who followed the link.
        """
        return _Parser(search).selection()

    def to_search(self) -> str:
        """The query string, without ``?``; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        if self.period is PeriodName.CUSTOM and self.custom:
            pairs += [("from", self.custom.start.isoformat()), ("to", self.custom.end.isoformat())]
        elif self.period is not DEFAULT_PERIOD:
            pairs.append(("period", self.period))
        if self.comparison is not Comparison.PREVIOUS:
            pairs.append(("compare", self.comparison))
        pairs += [(name, value) for name, values in self.filters for value in values]
        pairs += [
            ("pick", SEPARATOR.join((pick.tile, pick.dimension, value))) for pick in self.picks for value in pick.values
        ]
        pairs += [
            ("list", SEPARATOR.join((tile, name, value))) for tile, held in self.lists for name, value in held.pairs()
        ]
        return urlencode(pairs)

    def cache_key(self) -> str:
        """The query string with the rules behind the segments in it: equal where the answers are."""
        return "&".join([self.to_search(), *(held.rule for held in self.segments)])

    def for_tile(self, tile: str) -> "Selection":
        """What that tile follows: everything but the picks made in it, and of the lists its own."""
        return replace(
            self,
            picks=tuple(pick for pick in self.picks if pick.tile != tile),
            lists=tuple(one for one in self.lists if one[0] == tile),
        )

    @property
    def listing(self) -> Listing:
        """How the list of this tile is looked at; see :meth:`for_tile`."""
        return self.lists[0][1] if self.lists else Listing()

    def picked(self, tile: str) -> tuple[Pick, ...]:
        """The picks made in that tile."""
        return tuple(pick for pick in self.picks if pick.tile == tile)

    def conditions(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every dimension held to values, filters and picks alike, but stretches of the calendar."""
        rules = {held.id: held.rule for held in self.segments}
        return [
            (name, tuple(rules.get(value, value) for value in values) if name == SAVED else values)
            for name, values in self.wanted()
        ]

    def wanted(self) -> list[tuple[str, tuple[str, ...]]]:
        """The same as the link writes it: a segment by its number."""
        picked = [(pick.dimension, pick.values) for pick in self.picks if not DIMENSIONS[pick.dimension].is_calendar]
        return [*self.filters, *picked]

    def without(self, dimension: str, values: Iterable[str]) -> "Selection":
        """The same selection without these values of a dimension, whether filtered or picked."""
        gone = set(values)
        filters = [(name, tuple(v for v in kept if name != dimension or v not in gone)) for name, kept in self.filters]
        picks = [
            replace(pick, values=tuple(v for v in pick.values if pick.dimension != dimension or v not in gone))
            for pick in self.picks
        ]
        return replace(
            self,
            filters=tuple((name, kept) for name, kept in filters if kept),
            picks=tuple(pick for pick in picks if pick.values),
        )

    def label_of(self, dimension: str, value: str) -> str:
        """What people read for a value where the selection itself knows it: the name of a saved segment."""
        names = {held.id: held.name for held in self.segments} if dimension == SAVED else {}
        return names.get(value, value)

    def window(self, as_of: date, first_day: date) -> Window:
        """The days to show: the period, narrowed by the days, weeks or months that were clicked.

        A chart looks back further than the period: what is clicked outside of it is shown instead of it.
        """
        window = resolve(self.period, as_of, first_day, self.custom)
        for pick in self.picks:
            grain = DIMENSIONS[pick.dimension].grain
            if DIMENSIONS[pick.dimension].is_calendar and grain:
                starts = sorted(date.fromisoformat(value) for value in pick.values)
                picked = Window(starts[0], bucket_end(starts[-1], grain))
                window = window.within(picked) if window.within(picked).days else picked
        return window

    def comparison_window(self, as_of: date, first_day: date) -> Window | None:
        """The days to compare with, None where there is nothing to compare."""
        window = self.window(as_of, first_day)
        narrowed = any(DIMENSIONS[pick.dimension].is_calendar for pick in self.picks)
        return compare(window, PeriodName.CUSTOM if narrowed else self.period, self.comparison)

    def among(self, attributes: Callable[[], Collection[str]]) -> "Selection":
        """The same without what is held to customer attributes that the data do not have; ``problems`` says so.

        ``attributes``: the names of those that it has, looked up only where some are asked for.
        """
        asked = {*(name for name, _ in self.filters), *(pick.dimension for pick in self.picks)}
        asked = {name for name in asked if DIMENSIONS[name].attribute is not None}
        gone = asked and {name for name in asked if DIMENSIONS[name].attribute not in attributes()}
        if not gone:
            return self
        said = (
            f"The link asks for the attribute “{DIMENSIONS[name].label[:40]}”, which the data do not have; it was left out."
            for name in sorted(gone)
        )
        return replace(
            self,
            filters=tuple(one for one in self.filters if one[0] not in gone),
            picks=tuple(pick for pick in self.picks if pick.dimension not in gone),
            problems=(*self.problems, *said),
        )

    def with_filter(self, dimension: str, values: Iterable[str]) -> "Selection":
        """The same selection with that dimension held to ``values``; none frees it."""
        rest = [(name, kept) for name, kept in self.filters if name != dimension]
        chosen = tuple(dict.fromkeys(values))
        return replace(self, filters=tuple(sorted([*rest, (dimension, chosen)] if chosen else rest)))


class _Parser:
    """Reads one query string; collects what it could not use."""

    def __init__(self, search: str) -> None:
        self.problems: list[str] = []
        self.single: dict[str, str] = {}
        self.filters: dict[str, list[str]] = {}
        self.picks: dict[tuple[str, str], list[str]] = {}
        self.lists: dict[str, Listing] = {}
        for name, value in parse_qsl(search.removeprefix("?"), keep_blank_values=False)[: 10 * MOST_VALUES]:
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        if len(value) > LONGEST_VALUE or "\x00" in value:
            self.problems.append(f"A value of “{name[:40]}” in the link is too long and was left out.")
        elif name in ("period", "compare", "from", "to"):
            self.single[name] = value
        elif name in ELSEWHERE:
            return
        elif name == "pick":
            self._take_pick(value)
        elif name == "list":
            self._take_list(value)
        elif name in DIMENSIONS and not DIMENSIONS[name].is_calendar:
            self.filters.setdefault(name, []).append(value)
        else:
            self.problems.append(f"The link asks for “{name[:40]}”, which this site does not know; it was left out.")

    def _take_pick(self, value: str) -> None:
        parts = value.split(SEPARATOR, 2)
        if len(parts) != 3 or not parts[0].isidentifier() or parts[1] not in DIMENSIONS:
            self.problems.append("A selection in the link could not be read and was left out.")
            return
        tile, dimension, picked = parts
        if DIMENSIONS[dimension].is_calendar and _day(picked) is None:
            self.problems.append(f"“{picked[:40]}” in the link is no date and was left out.")
            return
        self.picks.setdefault((tile, dimension), []).append(picked)

    def _take_list(self, value: str) -> None:
        tile, _, rest = value.partition(SEPARATOR)
        name, _, chosen = rest.partition(SEPARATOR)
        listing = self.lists.get(tile, Listing()).set(name, chosen) if tile.isidentifier() else None
        if listing is None:
            self.problems.append("What the link says of a list could not be read and was left out.")
        else:
            self.lists[tile] = listing

    def _period(self) -> tuple[PeriodName, Window | None]:
        if "from" in self.single or "to" in self.single:
            start, end = _day(self.single.get("from", "")), _day(self.single.get("to", ""))
            if start and end and start < end:
                return PeriodName.CUSTOM, Window(start, end)
            self.problems.append("The dates in the link are not a period; the last 30 days are shown.")
            return DEFAULT_PERIOD, None
        name = self.single.get("period", DEFAULT_PERIOD)
        if name in set(PeriodName) - {PeriodName.CUSTOM}:
            return PeriodName(name), None
        self.problems.append(f"The link asks for the period “{name[:40]}”; the last 30 days are shown.")
        return DEFAULT_PERIOD, None

    def _comparison(self) -> Comparison:
        name = self.single.get("compare", Comparison.PREVIOUS)
        if name in set(Comparison):
            return Comparison(name)
        self.problems.append(f"The link compares with “{name[:40]}”; the previous period is used.")
        return Comparison.PREVIOUS

    def selection(self) -> Selection:
        period, custom = self._period()
        return Selection(
            period,
            custom,
            self._comparison(),
            tuple(sorted((name, _unique(values)) for name, values in self.filters.items())),
            tuple(Pick(tile, dimension, _unique(values)) for (tile, dimension), values in self.picks.items()),
            tuple(dict.fromkeys(self.problems)),
            lists=tuple(sorted(self.lists.items(), key=lambda one: one[0])),
        )


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MOST_VALUES]


def _day(text: str) -> date | None:
    """The date, if the text is one in a range that arithmetic with years cannot leave."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(2200, 1, 1) + DAY else None
