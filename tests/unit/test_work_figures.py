"""The work list and the performance of staff, as they are shown."""

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from data_layer.analyses.answer import Answer
from data_layer.analyses.colleagues import Standing
from data_layer.semantics.listing import Listing
from data_layer.semantics.period import Window
from layouts.figures.work import lateness, performance, work_list

DAY = date(2026, 11, 21)
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 22))


def listed(rows: list[dict[str, Any]], **facts: Any) -> Answer:
    usual = {
        "listing": Listing(sort="due"), "total": len(rows), "pages": 1, "page_rows": 12, "day": DAY, "overdue": 1, "today": 2,
        "here": 0, "oldest": 12.0, "median": 3.0, "may_write": True, "owners": [("S1", "Ann")], "shows_staff": True,
    }  # fmt: skip
    frame = pd.DataFrame([{**ROW, **row} for row in rows], columns=list(ROW))
    return Answer(frame, WINDOW, usual | facts)


ROW = {
    "due": date(2026, 11, 9), "state": "overdue", "days": 12, "customer": "C 1", "customer__name": "Cleo", "to_do": "Call",
    "priority": "High", "staff": "S1", "staff__name": "Ann", "origin": "Loaded data", "followup": "F1",
}  # fmt: skip


def test_what_came_with_the_data_is_read_only_and_what_was_added_here_can_be_settled() -> None:
    content = work_list(listed([{}, {"origin": "Added here", "followup": "here-7", "to_do": None}]))
    assert [one["name"] for one in content["columns"]] == ["customer", "due", "action", "priority", "staff", "origin"]
    loaded, here = content["rows"]
    assert loaded[0] == "Cleo"
    assert (loaded[1]["fine"], loaded[1]["tone"]) == ("12 days overdue", "bad")
    assert (loaded[5]["fine"], here[5]["fine"], here[2]) == ("read-only", "", "—")
    assert [act["own"] for act in content["acts"]] == [None, "7"]
    assert content["links"] == ["/clients/C%201"] * 2
    assert content["words"] == "1 – 2 of 2"
    assert content["form"]["first"] == "2026-11-21"


def test_who_may_not_write_gets_no_buttons_and_no_form() -> None:
    content = work_list(listed([{}], may_write=False, shows_staff=False, here=3))
    assert (content["acts"], content["form"]) == ([None], None)
    assert "staff" not in [one["name"] for one in content["columns"]]
    assert "3 added here, which the figures above do not count" in content["caption"]


def test_nobodys_follow_up_leads_nowhere_and_nothing_can_be_added_for_them() -> None:
    content = work_list(
        listed([{"customer": "Unknown", "customer__name": "Unknown", "staff": None, "staff__name": None}])
    )
    assert (content["links"], content["acts"][0]["client"], content["rows"][0][4]) == ([None], None, "—")


def test_an_empty_list_says_so() -> None:
    content = work_list(listed([], oldest=None, median=None, overdue=0, today=0))
    assert (content["rows"], content["words"]) == ([], "No follow-up is open here.")
    assert content["caption"] == "0 overdue, 0 due today."


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [(1, "overdue", "1 day overdue"), (0, "overdue", "overdue"), (0, "due", "due today"), (-1, "ahead", "tomorrow"),
     (-9, "ahead", "in 9 days")],
)  # fmt: skip
def test_how_late(days: int, state: str, words: str) -> None:
    assert lateness(days, state) == words


def test_a_ranking_shows_n_and_hides_ranks_that_rest_on_too_little() -> None:
    measures = ("interactions", "csat_rate")
    frame = pd.DataFrame(
        [
            {"rank": 1.0, "staff": "S1", "staff__name": "Ann", "team": "North", "interactions": 20.0, "interactions__n": 20.0,
             "csat_rate": 0.75, "csat_rate__n": 1200.0},
            {"rank": math.nan, "staff": "S2", "staff__name": "Ben", "team": "North", "interactions": 2.0,
             "interactions__n": 2.0, "csat_rate": math.nan, "csat_rate__n": 0.0},
        ]
    )  # fmt: skip
    facts = {"listing": Listing(sort="-csat_rate"), "least_n": 10, "measures": measures, "shows_team": True, "total": 2,
             "pages": 1, "first": 0}  # fmt: skip
    content = performance(Answer(frame, WINDOW, facts))
    assert [one["label"] for one in content["columns"]] == ["Rank", "Staff member", "Team", "Interactions", "CSAT"]
    first, second = content["rows"]
    assert first[:4] == ["1", "Ann", "North", "20"]
    assert (first[4]["text"], first[4]["fine"]) == ("75.0\u00a0%", "n 1,200")
    assert second == ["—", "Ben", "North", "2", "—"]
    assert content["keys"] == [["S1"], ["S2"]]
    assert content["caption"].startswith("Ranked by CSAT; a value that rests on fewer than 10")
    by_name = performance(Answer(frame, WINDOW, facts | {"listing": Listing(sort="staff")}))
    assert by_name["caption"] == "Sort by a figure to rank by it."


def test_a_member_beside_the_team() -> None:
    told = [
        Standing("interactions", 20.0, 20, 6, 18.5, 2, 6),
        Standing("csat_rate", 0.5, 4, 5, 0.6, None, 5),
        Standing("resolved", 0.0, 0, 2, None, None, 0),
    ]
    rows = performance(Answer(pd.DataFrame({"own": [1]}), WINDOW, {"standings": told, "least_n": 10}))["rows"]
    assert rows[0] == ["Interactions", "20", {"text": "18.5", "fine": "of 6"}, "2 of 6"]
    assert (rows[1][1]["fine"], rows[1][3]) == ("n 4", "—")
    assert rows[2] == ["Resolved conversations", "0", "—", "—"]
