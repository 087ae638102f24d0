"""A tile: one figure of a page, declared once.

Card, tooltip, loading, empty and error states, table view, CSV and records all come from this declaration.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dash import html

from data_layer.analyses.answer import Analysis, Answer
from layouts import ids

Content = dict[str, Any]


class View(StrEnum):
    """What stands inside the card; each has its own skeleton and its own few lines in ``assets/``."""

    KPI = "kpi"
    CHART = "chart"
    TABLE = "table"
    SENTENCES = "sentences"
    FACTS = "facts"
    TIMELINE = "timeline"
    LIST = "list"


@dataclass(frozen=True)
class Tile:
    """One tile.

    ``name``: unique on its page, an identifier; it stands in links.  ``analysis``: the question.  ``draw``: from the
    answer to the content of its view; pure.  ``emits``: the dimensions that a click on a mark sets, in the order of the
    marks' ``customdata``.  ``records``: the metric whose rows stand behind the figure.  ``width``: of 12 columns.
    ``height``: of the body, in px.
    ``leads_to``: where the figure can be understood, ``page.tile``; a link for the roles that may see it.
    ``hint``: one sentence for the (i) on what the picture shows beyond the metric.
    """

    name: str
    title: str
    view: View
    analysis: Analysis
    draw: Callable[[Answer], Content]
    records: str | None = None
    emits: tuple[str, ...] = ()
    width: int = 4
    height: int = 260
    hint: str = ""
    leads_to: str = ""

    @property
    def metrics(self) -> tuple[str, ...]:
        return self.analysis.metrics


def card(tile: Tile, leads: str = "") -> html.Section:
    """The place of a tile on its page; ``assets/`` builds the card in it and draws what the server answers.

    ``leads``: the address of what explains it, "" where there is none for who looks.
    """
    about = {
        "name": tile.name,
        "title": tile.title,
        "view": tile.view,
        "height": tile.height,
        "emits": tile.emits,
        "records": tile.records is not None,
        "leads": leads,
    }
    return html.Section(
        id=ids.tile(tile.name),
        className=f"tile tile-{tile.view} span-{tile.width}",
        style={"--body": f"{tile.height}px"},
        **{"data-tile": json.dumps(about), "aria-label": tile.title, "aria-busy": "true"},
    )
