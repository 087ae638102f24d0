"""``dashapp glossary``: every metric and dimension in words, printed from the registry that the pages read."""

from typing import Any

import click

from dashapp.cli.reporting import as_json, print_json
from data_layer.ingest.sources import BY_NAME
from data_layer.semantics.dimensions import DIMENSIONS, Dimension
from data_layer.semantics.facts import FACTS
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import Unanswerable, check_reach

UNITS: dict[Unit, str] = {
    Unit.COUNT: "a count",
    Unit.MONEY: "money",
    Unit.RATE: "a share, in percent",
    Unit.MINUTES: "minutes",
    Unit.HOURS: "hours",
    Unit.DAYS: "days",
    Unit.SCORE: "a score",
    Unit.POINTS: "points from 0 to 100",
    Unit.RATIO: "a ratio",
}
WELCOME: dict[Good, str] = {
    Good.UP: "more is better",
    Good.DOWN: "less is better",
    Good.NEUTRAL: "neither way is better",
}
TIMES: dict[Kind, str] = {
    Kind.FLOW: "what happened in the period",
    Kind.STOCK: "what holds at the end of the period, never added over dates",
    Kind.RETAINED: "of what held when the period began, what still held when it ended",
}
INTRODUCTION = """# Glossary

Every metric and every dimension, as the site computes them. This page is written by `dashapp glossary --markdown`;
a test fails when it differs from the code.

Periods are half-open, in the site's time zone. A rate over nothing is unknown and shown as “—”, never as 0. *n* is what
a value rests on: the denominator of a rate, the sample of a mean or a median. *Needs* names the source tables any one
of which is enough; of those after “and one of”, one is needed too. *Adds up* says whether the values of separate groups
may be added.
"""


@click.command()
@click.option("--markdown", is_flag=True, help="Print the page docs/glossary.md instead.")
@as_json
def glossary(markdown: bool, json_: bool) -> None:
    """Show every metric and dimension in words."""
    if json_:
        print_json({"metrics": described(), "dimensions": [_described(one) for one in DIMENSIONS.values()]})
        return
    if markdown:
        click.echo(glossary_markdown(), nl=False)
        return
    for metric in METRICS.values():
        click.echo(f"{metric.label} ({metric.name}): {metric.definition}")
    for dimension in DIMENSIONS.values():
        click.echo(f"{dimension.label} ({dimension.name}): splits {splits(dimension)}")


def described() -> list[dict[str, Any]]:
    """Every metric for scripts."""
    return [
        {
            "name": one.name, "label": one.label, "definition": one.definition, "formula": one.formula,
            "unit": one.unit.value, "n": one.n_label,
        }
        for one in METRICS.values()
    ]  # fmt: skip


def _described(one: Dimension) -> dict[str, Any]:
    return {"name": one.name, "label": one.label, "splits": splits(one), "filters_by": _filters_rest(one)}


def glossary_markdown() -> str:
    """The page ``docs/glossary.md``: metrics by the fact they are counted from, then the dimensions."""
    facts = dict.fromkeys(metric.fact.name for metric in METRICS.values())
    blocks = [INTRODUCTION, "## Metrics\n"]
    for name in facts:
        blocks.append(f"### From {FACTS[name].label}\n")
        blocks += [_metric(metric) for metric in METRICS.values() if metric.fact.name == name]
    return "\n".join([*blocks, _dimensions()])


def splits(dimension: Dimension) -> str:
    """What can be split by a dimension, by the labels of the facts that metrics count."""
    able = dict.fromkeys(metric.fact.label for metric in METRICS.values() if _reaches(metric, dimension))
    unable = [label for label in dict.fromkeys(metric.fact.label for metric in METRICS.values()) if label not in able]
    if not unable:
        return "everything"
    return f"everything but {', '.join(unable)}" if len(unable) < len(able) else ", ".join(able)


def _metric(metric: Metric) -> str:
    groups = (", ".join(f"`{name}`" for name in group if name in BY_NAME) for group in metric.needs)
    needs = "; and one of ".join(groups)
    return "\n".join(
        [
            f"**{metric.label}** · `{metric.name}`",
            "",
            metric.definition,
            "",
            f"- Formula: {metric.formula}",
            f"- Unit: {UNITS[metric.unit]}; {WELCOME[metric.good]}",
            f"- Time: {TIMES[metric.kind]}",
            f"- n: {metric.n_label}; adds up: {'yes' if metric.additive else 'no'}",
            f"- Needs: {needs}",
            "",
        ]
    )


def _dimensions() -> str:
    lines = [
        "## Dimensions",
        "",
        "A metric can be split by a dimension that its rows carry or lead to. A filter reaches the other metrics through",
        "the clients who have that value, in the words of the last column; where that is empty they cannot follow it, and",
        "their tiles say so.",
        "",
        "| Name | Label | Order of the values | Splits | Filters the rest by |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{d.name}` | {d.label} | {_order(d)} | {splits(d)} | {_filters_rest(d)} |" for d in DIMENSIONS.values()
    ]
    lines += [
        "",
        "Besides these, each attribute of clients that the data have is a dimension, `attribute.NAME`: its values in their",
        "order, numbers with many values in bands, `Unknown` for clients without one. It splits what `segment` splits.",
    ]
    return "\n".join(lines) + "\n"


def _order(dimension: Dimension) -> str:
    if dimension.order:
        return ", ".join(dimension.order)
    if dimension.is_calendar:
        return "of the calendar"
    if dimension.grain == "hour":
        return "0 to 23"
    return "of the pipeline" if dimension.position_column else "by value"


def _reaches(metric: Metric, dimension: Dimension) -> bool:
    try:
        check_reach(metric, dimension)
    except Unanswerable:
        return False
    return True


def _filters_rest(dimension: Dimension) -> str:
    return f"clients {dimension.having} …" if dimension.bridge else "—"
