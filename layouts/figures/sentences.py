"""Findings in words, each with the way to where it can be understood."""

from data_layer.analyses.answer import Answer
from layouts.figures.base import Content
from layouts.links import address_of

# Where a figure of "What changed" is drawn on the page.
CHARTS = {
    "aum": "aum_trend",
    "net_flows": "net_flows",
    "interactions": "interaction_growth",
    "clients_added": "clients_by_state",
    "active_clients": "kpi_active_clients",
    "followups_overdue_now": "followup_compliance",
    "answered_in_target_rate": "kpi_efficiency",
    "csat_rate": "type_outcomes",
    "retention_rate": "kpi_retention",
}


def what_changed(answer: Answer) -> Content:
    """The sentences, each with a link to the page filtered to the group that explains most of it."""
    sentences = [
        {
            "text": told.text,
            "direction": told.direction,
            "good": told.good,
            "filter": [told.dimension, told.value] if told.dimension else None,
            "link": f"Filter to {told.label}" if told.dimension else None,
            "goto": None if told.dimension else CHARTS.get(told.metric),
        }
        for told in answer.facts["sentences"]
    ]
    note = answer.facts.get("note")
    return {"sentences": sentences or [{"text": note, "direction": "none", "good": None}]}


def answers(answer: Answer) -> Content:
    """The questions with their answers, each with a link to its chart on the page."""
    return {
        "sentences": [
            {
                "question": told.question,
                "text": told.text,
                "links": [[label, address_of("customer", value)] for value, label in told.clients],
                "direction": "none",
                "good": None,
                "goto": told.tile,
            }
            for told in answer.facts["findings"]
        ]
    }
