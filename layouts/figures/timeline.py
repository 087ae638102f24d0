"""The timeline of one client: a line per event, the kinds and months to choose from."""

from typing import Any

import pandas as pd

from data_layer.analyses.answer import Answer
from data_layer.analyses.timeline import LONGEST_TEXT
from data_layer.semantics.formats import day_in_words, exact
from data_layer.semantics.metric import Unit
from layouts.figures.base import Content


def timeline(answer: Answer) -> Content:
    """``events``: what the browser draws as lines; ``next`` and ``previous``:
    where it asks on and back; ``kinds`` and ``months`` with counts.

    The later stretches have no ``kinds`` and ``months``: those of the first still hold.
    """
    content: Content = {
        "events": [_event(row) for row in answer.frame.to_dict("records")],
        **{name: answer.facts[name] for name in ("next", "previous") if name in answer.facts},
    }
    if "kinds" in answer.facts:
        chosen = answer.facts["chosen"]
        content["total"] = answer.facts["total"]
        content["kinds"] = [
            {"kind": kind, "count": count, "on": kind in chosen} for kind, count in answer.facts["kinds"].items()
        ]
        content["months"] = [
            {"value": f"{start:%Y-%m}", "label": f"{start:%b %Y}", "count": count}
            for start, count in answer.facts["months"].items()
        ]
    return content


def _event(row: dict[str, Any]) -> dict[str, Any]:
    text, amount = row["text"], row["amount"]
    return {
        "key": row["key"],
        "day": day_in_words(row["day"]),
        "weekday": f"{row['day']:%a}",
        "time": row["time"],
        "kind": row["kind"],
        "what": row["what"],
        "notes": [row[name] for name in ("result", "channel", "staff") if row[name]],
        "amount": None if amount is None or pd.isna(amount) else exact(amount, Unit.MONEY),
        "text": None if not text else text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rstrip() + "…",
    }
