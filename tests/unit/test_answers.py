"""The five answers: right, plain, and within the rows of who asks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses.answers import Answers, Finding
from data_layer.semantics.period import add_months
from tests.star import ask, star

AS_OF = date(2026, 11, 22)
FIRST = date(2025, 9, 15)
NOVEMBER = date(2026, 11, 10)
EMPTY: Mapping[str, list[dict[str, Any]]] = {}


def contacts(day: date, count: int, customer: int = 1, staff: int = 1, **more: Any) -> list[dict[str, Any]]:
    return [{"opened_date": day, "customer_key": customer, "staff_key": staff, **more}] * count


def company(interactions: list[dict[str, Any]], followups: list[dict[str, Any]] | None = None, **options: Any) -> Any:
    names = ("Cleo", "Dora", "Emil", "Finn", "Gwen")
    rows = {
        "dim_customer": [{"full_name": name} for name in names],
        "dim_staff": [{"full_name": "Ann", "team": "East"}, {"full_name": "Bob", "team": "West"}],
        "dim_interaction_type": [{"name": "Visit"}, {"name": "Complaint"}, {"name": "Call"}],
        "fact_interaction": interactions,
        "fact_followup": followups or [],
    }
    return star(rows, as_of=AS_OF, first_day=FIRST, **options)


def answer(tile: str, data: Any, search: str = "", **who: Viewer) -> Finding:
    findings = {finding.tile: finding for finding in Answers()(ask(data, search, **who)).facts["findings"]}
    assert list(findings) == [
        "staff_clients",
        "followup_compliance",
        "interaction_growth",
        "top_clients",
        "type_outcomes",
    ]
    return findings[tile]


def text(*args: Any, **who: Viewer) -> str:
    return answer(*args, **who).text.replace("\u00a0", " ")


BUSY = [
    *contacts(NOVEMBER, 5, customer=1, staff=1), *contacts(NOVEMBER, 1, customer=2, staff=2),
    *contacts(NOVEMBER, 1, customer=3, staff=2), *contacts(NOVEMBER, 9, customer=0, staff=0),
]  # fmt: skip


def test_who_handles_the_most_clients_not_the_most_contacts() -> None:
    assert text("staff_clients", company(BUSY)) == (
        "Bob handled the most clients in the 30 days to 22 Nov 2026: 2 clients of the 3 who were in touch."
    )


def test_a_shared_lead_is_told_as_one() -> None:
    shared = contacts(NOVEMBER, 1, customer=1, staff=1) + contacts(NOVEMBER, 1, customer=2, staff=2)
    assert text("staff_clients", company(shared)).startswith("Ann and Bob handled the most clients")
    assert "1 client each of the 2 who" in text("staff_clients", company(shared))


def test_no_colleague_is_named_to_staff() -> None:
    ann = Viewer("ann", Role.STAFF, staff_id="1")
    whole = " ".join(f.text for f in Answers()(ask(company(BUSY), viewer=ann)).facts["findings"])
    assert "You handled 1 client in" in whole
    assert "Bob" not in whole
    assert "Dora" not in whole
    nobody = Viewer("x", Role.STAFF)
    assert not any(f.known for f in Answers()(ask(company(BUSY), viewer=nobody)).facts["findings"])


def test_follow_ups_on_time_late_and_overdue() -> None:
    def due(day: date, count: int, **more: Any) -> list[dict[str, Any]]:
        row = {"due_date": day, "staff_key": 1, "customer_key": 1, "status": "Completed", "valid_to": day}
        return [{**row, **more}] * count

    followups = [
        *due(NOVEMBER, 8), *due(NOVEMBER, 1, is_late=True), *due(NOVEMBER, 1, status="Open"),
        *due(NOVEMBER, 7, status="Cancelled"), *due(date(2026, 12, 1), 5, status="Open"),
        *due(date(2026, 10, 10), 1), *due(date(2026, 10, 10), 1, is_late=True),
    ]  # fmt: skip
    data = company([], followups)
    assert text("followup_compliance", data) == (
        "Mostly: 80.0 % of the 10 due in the 30 days to 22 Nov 2026 were completed on time, 1 late; 1 are overdue. "
        "It was 50.0 % in the 30 days before."
    )
    assert text("followup_compliance", data, "compare=none").endswith("1 are overdue.")
    assert text("followup_compliance", data, "period=today") == "No follow-up fell due on Sunday, 22 Nov 2026."


def test_only_whole_months_are_compared() -> None:
    months = [add_months(date(2025, 9, 20), step) for step in range(15)]
    counts = [1, 50, 3, 4, 4, 4, 9, 4, 4, 4, 4, 4, 4, 4, 99]
    rows = [row for month, count in zip(months, counts, strict=True) for row in contacts(month, count)]
    assert text("interaction_growth", company(rows)) == (
        "Busiest was March 2026 with 9 interactions, quietest November 2025 with 3; 4 a month on average in the "
        "12 whole months to October 2026."
    )


def test_a_month_without_contacts_is_the_quietest() -> None:
    rows = contacts(date(2026, 9, 1), 2) + contacts(date(2026, 10, 1), 4)
    assert "quietest November 2025 with 0" in text("interaction_growth", company(rows))


def test_two_whole_months_are_needed() -> None:
    data = company(contacts(NOVEMBER, 1))
    young = {
        name: type(source)(**{**source.__dict__, "first_date": date(2026, 9, 2)})
        for name, source in data.sources.items()
    }
    data = type(data)(**{**data.__dict__, "sources": young})
    assert text("interaction_growth", data) == "There are not yet two whole months to compare."


def test_the_most_engaged_clients() -> None:
    rows = [row for customer, count in enumerate((4, 3, 2, 1), start=1) for row in contacts(NOVEMBER, count, customer)]
    assert text("top_clients", company(rows + contacts(NOVEMBER, 9, 0))) == (
        "Cleo (4), Dora (3) and Emil (2), by interactions in the 30 days to 22 Nov 2026; "
        "a client who was in touch had 2.5 on average."
    )


@pytest.mark.parametrize(
    ("each", "words"), [(1, "No client was in touch more than once"), (2, "5 clients share the lead")]
)
def test_nobody_stands_out(each: int, words: str) -> None:
    rows = [row for customer in range(1, 6) for row in contacts(NOVEMBER, each, customer)]
    assert text("top_clients", company(rows)).startswith(words)


def test_types_need_enough_outcomes() -> None:
    def outcomes(kind: int, good: int, bad: int) -> list[dict[str, Any]]:
        return [
            *contacts(NOVEMBER, good, interaction_type_key=kind, outcome="Successful"),
            *contacts(NOVEMBER, bad, interaction_type_key=kind, outcome="Unsuccessful"),
        ]

    few = outcomes(3, 29, 0)
    data = company(few + outcomes(1, 30, 10) + outcomes(2, 10, 30) + contacts(NOVEMBER, 99, interaction_type_key=2))
    assert text("type_outcomes", data) == (
        "Visit: 75.0 % (n = 40) of the known outcomes were successful in the 30 days to 22 Nov 2026. "
        "Lowest was Complaint with 25.0 % (n = 40)."
    )
    assert text("type_outcomes", company(few)).startswith("No interaction type has 30 known outcomes")
    assert text("type_outcomes", company(few + outcomes(1, 30, 10))).endswith("no other type has 30 known outcomes.")


def test_what_was_not_loaded_is_named_by_its_file() -> None:
    data = company(BUSY, sources=("service_interactions",))
    told = answer("type_outcomes", data)
    assert not told.known
    assert told.text == "Not known yet: load interactions.csv to answer this."
    assert "followup_actions.csv" in text("followup_compliance", data)
    assert answer("staff_clients", data).known


def test_filters_hold() -> None:
    assert text("staff_clients", company(BUSY), "team=East").startswith("Ann handled")
