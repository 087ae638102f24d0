"""What every tile asks, and what it gets: one shape for plain metrics and for the cleverest analysis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from data_layer.access import Viewer
from data_layer.analyses.standards import Standards
from data_layer.appdb.followups import OwnFollowup
from data_layer.semantics.period import Window
from data_layer.semantics.result import Columns, as_frame
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation


@dataclass(frozen=True)
class Ask:
    """Who asks, under which selection, of which state of the data.

    ``standards``: what figures are measured by.  ``own_followups``: those added on the site that may be the viewer's.
    ``may_write``: whether the viewer may add and settle such.
    """

    selection: Selection
    viewer: Viewer
    data: Generation
    standards: Standards = field(default_factory=Standards)
    own_followups: Callable[[], tuple[OwnFollowup, ...]] = tuple
    may_write: bool = False

    @property
    def window(self) -> Window:
        """The days that the selection means in this state of the data."""
        return self.selection.window(self.data.as_of, self.data.first_day)

    @property
    def comparison(self) -> Window | None:
        """The days to compare with, None where nothing is compared."""
        return self.selection.comparison_window(self.data.as_of, self.data.first_day)


@dataclass(frozen=True)
class Answer:
    """What a tile shows.

    ``figures``: as the table view and the CSV show them too: dimension columns by name, metrics by name with
    ``<metric>__n`` beside them; equally long lists of plain values, or a frame.  Read them as ``columns`` or as
    ``frame``: most answers are a few values, for which a frame costs more than their query.
    ``window``: the days it covers.  ``facts``: what the figure needs besides (a target, an error of a forecast,
    sentences; ``nothing``: what to say where there is nothing to show).  ``missing``: metrics whose sources nobody
    loaded: the tile then says so.  ``ignored``: dimensions of the selection that it cannot follow.  ``n``: how many
    things it rests on, None where one number would mislead.
    """

    figures: Columns | pd.DataFrame
    window: Window
    facts: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    n: int | None = None

    @cached_property
    def columns(self) -> Columns:
        """The figures as lists by name.  Nobody may change them."""
        if isinstance(self.figures, pd.DataFrame):
            return {str(name): self.figures[name].tolist() for name in self.figures}
        return self.figures

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The figures as a frame.  Nobody may change it."""
        return self.figures if isinstance(self.figures, pd.DataFrame) else as_frame(self.figures)

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""
        return not any(self.columns.values())


class Analysis(Protocol):
    """A question that can be asked under any selection, for any viewer.  Declaring one runs nothing."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the registry that the answer shows, the main one first."""

    def __call__(self, ask: Ask) -> Answer:
        """The answer.  Raises what :func:`data_layer.semantics.run.run` raises."""
