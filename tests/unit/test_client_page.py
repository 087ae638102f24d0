"""What the page of one client makes of its answers: lines, marks, points and words."""

from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from data_layer.analyses.answer import Answer
from data_layer.analyses.answers import Finding
from data_layer.analyses.timeline import COLUMNS, LONGEST_TEXT
from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window
from data_layer.warehouse.health import COMPONENTS, DEFAULT_WEIGHTS, NAMES, read_weights, weights_text
from layouts.figures.client import from_first, health_parts, latest, open_tasks, profile
from layouts.figures.sentences import answers
from layouts.figures.tables import table
from layouts.figures.timeline import timeline
from layouts.links import address_of

DAY = date(2026, 3, 5)
DAYS = Window(DAY, DAY)


def answer(rows: list[tuple[Any, ...]], columns: tuple[str, ...], **facts: Any) -> Answer:
    return Answer(pd.DataFrame(rows, columns=list(columns), dtype=object), DAYS, facts, n=len(rows))


def test_a_line_of_the_timeline_says_what_is_known_and_no_more() -> None:
    rows = [
        (9, DAY, "14:05", "Message", "Client wrote", None, "Chat", "Ann Lee", None, "x" * (LONGEST_TEXT + 50)),
        (8, DAY, None, "Money in", "Growth Fund", None, None, None, 480.5, None),
    ]
    content = timeline(answer(rows, COLUMNS, next=8))
    message, money = content["events"]
    assert (message["key"], message["day"], message["weekday"], message["time"]) == (9, "5 Mar 2026", "Thu", "14:05")
    assert message["notes"] == ["Chat", "Ann Lee"]
    assert len(message["text"]) == LONGEST_TEXT + 1
    assert (money["amount"], money["notes"], money["text"], money["time"]) == ("$480.50", [], None, None)
    assert content["next"] == 8
    assert "kinds" not in content


def test_the_first_stretch_has_kinds_and_months() -> None:
    months = {date(2026, 3, 1): 2, date(2025, 12, 1): 1}
    facts = {"next": None, "total": 3, "kinds": {"Message": 2, "Campaign": 1}, "chosen": ["Message"], "months": months}
    content = timeline(answer([], COLUMNS, **facts))
    assert content["kinds"] == [
        {"kind": "Message", "count": 2, "on": True}, {"kind": "Campaign", "count": 1, "on": False},
    ]  # fmt: skip
    assert content["months"][0] == {"value": "2026-03", "label": "Mar 2026", "count": 2}


def test_overdue_tasks_are_marked() -> None:
    rows = [
        (DAY, "12 days overdue", "Call back", "High", "Ann"), (DAY, "overdue since today", "Write", "Low", None),
        (DAY, "in 3 days", "Review", "Low", "Ann"),
    ]  # fmt: skip
    content = open_tasks(answer(rows, ("due", "standing", "to_do", "priority", "staff"), overdue=2, upcoming=1))
    assert content["marks"] == ["bad", "bad", ""]
    assert content["rows"][0] == ["5 Mar 2026", "12 days overdue", "Call back"]
    assert content["caption"] == "2 overdue, 1 to come."


def test_the_newest_records_with_what_is_unknown_as_a_dash() -> None:
    rows = [(DAY, "Complaint", None, 1234.5), (DAY, "Unknown", "Resolved", None)]
    content = latest(answer(rows, ("Opened", "Type", "Resolution", "Amount"), count=12, units={"Amount": Unit.MONEY}))
    assert content["rows"] == [["5 Mar 2026", "Complaint", "—", "$1,234"], ["5 Mar 2026", "—", "Resolved", "—"]]
    assert content["more"] == 10
    assert [column["number"] for column in content["columns"]] == [False, False, False, True]


def test_a_profile_says_that_something_is_withheld() -> None:
    lines = [("Client no.", "C1"), ("Segment", "Retail")]
    assert profile(answer(lines, ("field", "value"), withheld=False)) == {
        "facts": [list(one) for one in lines],
        "note": "",
    }
    assert "not shown" in profile(answer(lines, ("field", "value"), withheld=True))["note"]


def parts(score: float | None, clients: int = 1) -> Answer:
    rows = [(part.label, part.means, 60.0 if part.name != "digital" else None, 1 / 7, 10.0) for part in COMPONENTS]
    frame = pd.DataFrame(rows, columns=["component", "means", "score", "weight", "points"])
    frame = frame.astype({"score": float})
    frame.loc[frame["score"].isna(), "points"] = float("nan")
    facts = {"score": score, "coverage": 0.75, "clients": clients, "measured": DAY}
    return Answer(frame, DAYS, facts, n=clients)


def test_each_component_says_what_it_adds_and_which_has_no_data() -> None:
    content = health_parts(parts(60.0))
    go.Figure(content["data"], content["layout"])
    (bars,) = content["data"]
    assert bars["x"].count(None) == 1
    assert bars["text"][0] == "60 · +10.0"
    assert [note["text"] for note in content["layout"]["annotations"]] == ["no data"]
    assert (
        content["caption"]
        == "Together 60.0, over the 75.0\u00a0% of the weights that have data; measured on 5 Mar 2026."
    )


@pytest.mark.parametrize(("score", "clients", "words"), [(None, 1, "No score:"), (60.0, 4, "Mean of 4 clients")])
def test_what_stands_under_the_components(score: float | None, clients: int, words: str) -> None:
    assert health_parts(parts(score, clients))["caption"].startswith(words)


def test_a_trend_begins_where_something_is_known() -> None:
    frame = pd.DataFrame({"month": ["a", "b", "c", "d"], "aum": [float("nan"), 0.0, 5.0, 0.0]})
    seen: list[list[str]] = []
    draw = from_first("aum", lambda drawn: seen.append(list(drawn.frame["month"])) or {})
    draw(Answer(frame, DAYS))
    assert seen == [["c", "d"]]


def test_a_trend_of_nothing_says_so_instead_of_drawing_empty_axes() -> None:
    frame = pd.DataFrame({"month": ["2026-01-01", "2026-02-01"], "aum": [0.0, float("nan")]})
    content = from_first("aum", lambda _: pytest.fail("nothing to draw"))(Answer(frame, DAYS))
    assert content["data"] == []
    assert content["layout"]["annotations"][0]["text"] == "Nothing in this period."


def test_only_clients_have_a_page_of_their_own() -> None:
    assert address_of("customer", "a/b c") == "/clients/a%2Fb%20c"
    assert address_of("customer", "Unknown") is None
    assert address_of("staff", "S1") is None


def test_weights_are_read_as_they_are_written() -> None:
    assert read_weights(weights_text(DEFAULT_WEIGHTS)) == DEFAULT_WEIGHTS
    assert read_weights("recency=1") == dict.fromkeys(NAMES, 0.0) | {"recency": 1.0}


@pytest.mark.parametrize("text", ["", "recency", "luck=3", "recency=x", "recency=-1", "recency=nan", "recency=0"])
def test_weights_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|has no number|nothing"):
        read_weights(text)


def test_clients_named_in_an_answer_are_links() -> None:
    told = Finding("Who?", "Ann Lee (12) and Bo (9) lead.", "top_clients", True, (("C1", "Ann Lee"), ("b/o", "Bo")))
    (sentence,) = answers(Answer(pd.DataFrame(), DAYS, {"findings": (told,)}))["sentences"]
    assert sentence["links"] == [["Ann Lee", "/clients/C1"], ["Bo", "/clients/b%2Fo"]]


def test_a_client_in_a_table_is_a_link() -> None:
    frame = pd.DataFrame({"customer": ["C1", "Unknown"], "customer__name": ["Ann", None], "interactions": [2.0, 1.0]})
    content = table(("customer", "interactions"), key="customer")(Answer(frame, DAYS))
    assert content["links"] == [{"0": "/clients/C1"}, {}]
