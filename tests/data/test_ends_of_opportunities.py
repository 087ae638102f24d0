"""Which stages are ends, and that the date on which somebody expects one is nothing that happened."""

from pathlib import Path

import pytest

from tests.data.loading import Rows, load, query


def deal(number: int, stage: str, closed: str | None = None) -> dict[str, str | int | None]:
    created = {"opportunity_id": number, "created_at": "2024-01-01", "value": 100}
    return {**created, "stage": stage, "closed_at": closed}


def test_the_expected_close_of_an_open_deal_is_nothing_that_happened(tmp_path: Path) -> None:
    deals: Rows = [deal(1, "Qualified", "2024-06-30"), deal(2, "Qualified"), deal(3, "Won", "2024-03-01")]
    report = load(tmp_path, {"opportunities": deals})
    assert report.as_of == "2024-03-01"
    assert query(
        tmp_path,
        "SELECT opportunity_id, stage, closed_date::VARCHAR FROM dim_opportunity WHERE opportunity_key > 0 ORDER BY 1",
    ) == [("1", "Qualified", None), ("2", "Qualified", None), ("3", "Won", "2024-03-01")]
    now = query(
        tmp_path,
        "SELECT o.opportunity_id, s.name, entered_date::VARCHAR FROM fact_stage_change "
        "JOIN dim_opportunity o USING (opportunity_key) JOIN dim_stage s USING (stage_key) "
        "WHERE valid_to > DATE '2030-01-01' ORDER BY 1",
    )
    assert now == [("1", "Qualified", "2024-01-01"), ("2", "Qualified", "2024-01-01"), ("3", "Won", "2024-03-01")]
    assert "1 open opportunity has a closing date, which is taken for an expected one and not used." in report.warnings


@pytest.mark.parametrize(
    ("stage", "is_won", "is_lost", "is_told"),
    [
        ("Won", True, False, False),
        ("Closed Won", True, False, False),
        ("closedwon", True, False, False),
        ("Gewonnen", True, False, False),
        ("Closed Lost", False, True, False),
        ("Lost, was won before", False, True, False),
        ("Verloren", False, True, False),
        ("Not won", False, False, True),
        ("Won't proceed", False, False, True),
        ("Won’t proceed", False, False, True),
        ("Disqualified", False, False, True),
        ("Abandoned", False, False, True),
        ("Not lost", False, False, True),
        ("Won, no discount", True, False, False),
        ("Lost: no budget", False, True, False),
        ("Sales qualified", False, False, False),
        ("Negotiation", False, False, False),
    ],
)
def test_words_say_which_stages_are_ends_and_what_is_unsure_is_told(
    tmp_path: Path, stage: str, is_won: bool, is_lost: bool, is_told: bool
) -> None:
    report = load(tmp_path, {"opportunities": [deal(1, stage, "2024-03-01")]})
    (found,) = query(
        tmp_path,
        "SELECT is_won, is_lost FROM dim_stage WHERE name NOT IN ('Unknown', 'Won', 'Lost') "
        "OR stage_key IN (SELECT stage_key FROM fact_stage_change) ORDER BY is_won OR is_lost DESC LIMIT 1",
    )
    assert found == (is_won, is_lost)
    assert any(f"“{stage}”" in words for words in report.warnings) == is_told
