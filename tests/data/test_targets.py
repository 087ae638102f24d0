"""Targets as they are kept, and as they meet a figure: whose they are, for how long, and when they say nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from data_layer.access import Role, Viewer
from data_layer.analyses.plain import Headline
from data_layer.analyses.standards import Standards, judged
from data_layer.appdb import targets as kept
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate
from data_layer.semantics.targets import Target, Targets, new_target
from tests.star import EXECUTIVE, ask, star

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AS_OF = date(2026, 11, 22)
NORTH = Viewer("lead", Role.SUPPORT_LEAD, team="North")
ANN = Viewer("ann", Role.STAFF, staff_id="1")
PEOPLE = [{"team": "North"}, {"team": "South"}]


@pytest.fixture
def engine(appdb_url: str) -> Iterator[Engine]:
    opened = open_database(appdb_url)
    migrate(opened)
    yield opened
    opened.dispose()


def test_a_target_is_set_replaced_and_removed(engine: Engine) -> None:
    general, team = new_target("csat_rate", 0.8), new_target("csat_rate", 0.7, team="North")
    for one in (general, team, new_target("csat_rate", 0.9)):
        kept.keep(engine, one, "ada", NOW)
    assert set(kept.everyones(engine)) == {new_target("csat_rate", 0.9), team}
    assert kept.remove(engine, "csat_rate", None)
    assert kept.everyones(engine) == (team,)
    assert not kept.remove(engine, "csat_rate", None)


def test_a_target_of_a_metric_that_is_gone_is_left_out(engine: Engine) -> None:
    kept.keep(engine, Target("no_such_metric", 1, 1), "ada", NOW)
    assert kept.everyones(engine) == ()


def told(metric: str, own: tuple[Target, ...], search: str = "", viewer: Viewer = EXECUTIVE) -> dict[str, Any]:
    """What a card is told beside its figure: a score of 5 of each of two clients, one overdue action of each team."""
    rows = {
        "dim_staff": PEOPLE,
        "fact_interaction": [
            {"opened_date": date(2026, 11, 20), "staff_key": key, "customer_key": key, "satisfaction_score": 5, "source": "service"}
            for key in (1, 2)
        ],
        "fact_followup": [
            {"due_date": date(2026, 11, 1), "valid_from": date(2026, 11, 2), "staff_key": key, "status": "Open"}
            for key in (1, 2)
        ],
        "fact_balance": [{"balance_date": date(2026, 11, 2), "contributions": 50.0, "customer_key": 1}],
        "dim_customer": [{"segment": "Retail"}],
    }  # fmt: skip
    asked = replace(ask(star(rows, AS_OF), search, viewer), standards=Standards(lambda: Targets(own)))
    facts = judged(Headline(metric)(asked), metric, asked).facts
    return {name: facts.get(name) for name in ("state", "target_text", "target_note")}


GENERAL = new_target("csat_rate", 0.9)
OF_NORTH = new_target("csat_rate", 0.5, team="North")


def test_without_a_target_nothing_is_said() -> None:
    assert told("csat_rate", ()) == {"state": None, "target_text": None, "target_note": None}


@pytest.mark.parametrize(
    ("search", "viewer", "text"),
    [
        ("", EXECUTIVE, "90.0"),
        ("team=North", EXECUTIVE, "50.0"),
        ("team=South", EXECUTIVE, "90.0"),
        ("team=North&team=South", EXECUTIVE, "90.0"),
        ("", NORTH, "50.0"),
        ("", ANN, "50.0"),
    ],
)
def test_a_team_has_its_own_target(search: str, viewer: Viewer, text: str) -> None:
    found = told("csat_rate", (GENERAL, OF_NORTH), search, viewer)
    assert text in found["target_text"]
    assert (found["target_note"] == "The target of North.") == (text == "50.0")
    assert found["state"] == "good"


def test_an_unknown_value_has_a_target_and_no_state() -> None:
    found = told("csat_rate", (GENERAL,), "segment=Nobody")
    assert (found["state"], found["target_text"]) == (None, "Target ≥ 90.0\u00a0%")


@pytest.mark.parametrize(
    ("search", "viewer", "is_told"),
    [
        ("", EXECUTIVE, True),
        ("segment=Retail", EXECUTIVE, False),
        ("team=North", EXECUTIVE, False),
        ("", NORTH, False),
        ("", ANN, False),
    ],
)
def test_a_count_of_a_part_is_not_held_against_the_target_of_the_whole(
    search: str, viewer: Viewer, is_told: bool
) -> None:
    found = told("followups_overdue_now", (new_target("followups_overdue_now", 1),), search, viewer)
    assert (found["target_text"] is not None) == is_told
    assert found["state"] == ("bad" if is_told else None)


def test_the_count_of_a_team_is_held_against_its_own_target() -> None:
    own = (new_target("followups_overdue_now", 1, team="North"),)
    assert told("followups_overdue_now", own, "", NORTH)["state"] == "good"
    assert told("followups_overdue_now", own, "team=North")["state"] == "good"
    assert told("followups_overdue_now", own, "team=North&segment=Retail")["state"] is None
    assert told("followups_overdue_now", own, "", ANN)["state"] is None


def test_what_adds_up_has_its_target_for_the_days_of_the_period() -> None:
    own = (new_target("contributions", 60.0, 30.0),)
    month, all_year = told("contributions", own), told("contributions", own, "period=90d")
    assert (month["state"], month["target_note"]) == ("watch", "For 30 days.")
    assert (all_year["state"], all_year["target_note"]) == ("bad", "For 90 days.")
    assert "180" in all_year["target_text"]
