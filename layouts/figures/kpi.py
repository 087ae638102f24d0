"""The content of a KPI card: the figure first, then how it moved."""

from collections.abc import Callable
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.semantics.formats import change, days_in_words, exact, short
from data_layer.semantics.metric import Good
from layouts.figures.base import Content, metric

STATE_WORDS = {"good": "On target", "watch": "Watch", "bad": "Off target"}


def kpi(name: str, *, dated: bool = False) -> Callable[[Answer], Content]:
    """A card for one metric.

    ``value``: short; ``exact``: for the hover; ``change``: text, direction, whether it is good, and against what;
    ``course``: the recent course for the sparkline; ``state`` and ``target``: red, amber or green with a word, and
    what it is measured by, where the metric has a target; ``also``: further figures below.  ``dated``: say which days,
    where they are not the page's.
    """

    def draw(answer: Answer) -> Content:
        unit, facts = metric(name).unit, answer.facts
        content: Content = {
            "value": short(facts["value"], unit),
            "exact": exact(facts["value"], unit),
            "change": _change(name, answer),
            "course": facts.get("course", []),
            "note": days_in_words(answer.window) if dated else "",
            "also": [
                {"label": metric(other).label, "value": short(value, metric(other).unit), "n": n}
                for other, (value, n) in facts.get("also", {}).items()
            ],
        }
        if facts.get("target_text"):
            content["target"], content["targetNote"] = facts["target_text"], facts.get("target_note", "")
        if facts.get("state"):
            content["state"] = {"level": facts["state"], "word": STATE_WORDS[facts["state"]]}
        return content

    return draw


def _change(name: str, answer: Answer) -> dict[str, Any] | None:
    value, before, comparison = answer.facts["value"], answer.facts.get("before"), answer.facts.get("comparison")
    if comparison is None:
        return None
    versus = f"vs {days_in_words(comparison)}"
    if value is None or before is None:
        doubt = answer.facts.get("doubt")
        said = (
            {"versus": f"({doubt.brief})", "doubt": f"Not compared with {versus[3:]}. {doubt.words}"} if doubt else {}
        )
        return {"text": "—", "direction": "none", "good": None, "versus": versus, "doubt": None, **said}
    text = change(value, before, metric(name).unit)
    # What is written as 0.0 has not moved: no arrow and no colour.
    is_still = not any(digit in text for digit in "123456789")
    direction = "flat" if is_still else "up" if value > before else "down"
    good = metric(name).good
    welcome = None if good is Good.NEUTRAL or direction == "flat" else (direction == "up") == (good is Good.UP)
    return {
        "text": text,
        "direction": direction,
        "good": welcome,
        "versus": versus,
        "before": exact(before, metric(name).unit),
    }
