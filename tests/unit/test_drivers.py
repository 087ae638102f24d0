"""What changed: the moves that are told, what explains them, and how it is said."""

from datetime import date, timedelta
from typing import Any

import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses.change_words import Move, change_in_words, explained_in_words
from data_layer.analyses.drivers import KPIS, NOTHING_BEFORE, Sentence, WhatChanged, rank
from data_layer.analyses.unusual import unusual
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from tests.star import ask, star

AS_OF = date(2026, 11, 22)
FIRST = date(2026, 4, 1)
NOW = Window(date(2026, 10, 24), date(2026, 11, 23))
BEFORE = Window(date(2026, 9, 24), date(2026, 10, 24))
SEGMENTS = ("Retail", "Private", "Retail", "Private")
STATES = ("Texas", "Texas", "Ohio", "Ohio")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def contacts(day: date, count: int, customer: int, staff: int = 1, **more: Any) -> list[dict[str, Any]]:
    row = {"customer_key": customer, "staff_key": staff, "opened_date": day, "source": "service", **more}
    return [row] * count


def company(extra: dict[str, list[dict[str, Any]]] | None = None, **options: Any) -> Any:
    """Four clients with two contacts a day, every day; Texans' balances rise by 100 in the last days."""
    days = [FIRST + timedelta(days=step) for step in range((AS_OF - FIRST).days + 1)]
    interactions = [row for place, day in enumerate(days) for row in contacts(day, 2, place % 4 + 1)]
    balances = [
        {"customer_key": customer, "product_key": 1, "balance_date": start, "balance": balance, "valid_from": start,
         "valid_to": end}
        for customer in (1, 2, 3, 4)
        for start, end, balance in (
            (FIRST, date(2026, 11, 10), 1000), (date(2026, 11, 10), date(9999, 12, 31), 1100 if customer < 3 else 1000)
        )
    ]  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "dim_customer": [
            {"segment": segment, "state": state, "first_seen_date": FIRST, "valid_from": FIRST}
            for segment, state in zip(SEGMENTS, STATES, strict=True)
        ],
        "dim_staff": [{"full_name": "Ann", "team": "East"}, {"full_name": "Bob", "team": "West"}],
        "dim_product": [{"name": "Growth", "category": "Equity"}],
        "fact_interaction": interactions,
        "fact_balance": balances,
    }
    for table, more in (extra or {}).items():
        rows[table] = [*rows.get(table, []), *more]
    return star(rows, as_of=AS_OF, first_day=FIRST, **options)


def told(answer: Any, metric: str) -> Sentence:
    found = [sentence for sentence in answer.facts["sentences"] if sentence.metric == metric]
    assert found, answer.frame.to_string()
    return found[0]


def test_the_state_that_moved_is_named() -> None:
    answer = WhatChanged()(ask(company()))
    aum = told(answer, "aum")
    assert (aum.direction, aum.good, aum.dimension, aum.value) == ("up", True, "state", "Texas")
    assert [tuple(part) for part in aum.contributions] == [("Texas", "Texas", 200.0), ("Ohio", "Ohio", 0.0)]
    assert plain(aum.text) == (
        "Assets under management rose 5.0 % to $4,200 on 22 Nov 2026, from $4,000 on 23 Oct 2026; Texas explains all of it."
    )
    assert answer.facts["sentences"][0].metric == "aum"


def test_the_team_is_named_and_the_figures_are_those_of_the_registry() -> None:
    extra = [row for day in range(1, 22) for row in contacts(date(2026, 11, day), 3, day % 4 + 1, staff=2)]
    asked = ask(company({"fact_interaction": extra}))
    sentence = told(WhatChanged()(asked), "interactions")
    assert (sentence.dimension, sentence.value, sentence.good) == ("team", "West", None)
    for days, value in ((NOW, sentence.after), (BEFORE, sentence.before)):
        result = run(Query(("interactions",)), asked.selection, asked.viewer, asked.data, days)
        assert result.value("interactions") == value
    assert sum(part.amount for part in sentence.contributions) == sentence.after - sentence.before == 63
    assert plain(sentence.text) == (
        "Interactions rose by 63 to 123 in the 30 days to 22 Nov 2026, from 60 in the 30 days before; "
        "the West team explains all of it."
    ).replace("by 63", "105.0 %")


def test_a_rate_is_told_in_points_with_its_n_and_parts_add_up() -> None:
    def scored(start: date, good: int, bad: int, staff: int) -> list[dict[str, Any]]:
        return [
            row
            for score, count in ((5, good), (1, bad))
            for row in contacts(start, count, 1, staff=staff, satisfaction_score=score)
        ]

    extra = [
        *scored(date(2026, 10, 1), 40, 10, 1), *scored(date(2026, 10, 1), 40, 10, 2),
        *scored(date(2026, 11, 1), 41, 9, 1), *scored(date(2026, 11, 1), 20, 30, 2),
    ]  # fmt: skip
    sentence = told(WhatChanged()(ask(company({"fact_interaction": extra}))), "csat_rate")
    assert (sentence.direction, sentence.good, sentence.dimension, sentence.value) == ("down", False, "team", "West")
    assert sum(part.amount for part in sentence.contributions) == pytest.approx(sentence.after - sentence.before)
    assert plain(sentence.text) == (
        "Satisfaction (CSAT) fell 19.0 percentage points to 61.0 % (n = 100) in the 30 days to 22 Nov 2026, from 80.0 % in "
        "the 30 days before; the West team alone accounts for −20.0 points, which others partly offset."
    )


def test_rates_over_a_handful_are_not_told() -> None:
    extra = contacts(date(2026, 10, 1), 5, 1, satisfaction_score=5) + contacts(
        date(2026, 11, 1), 5, 1, satisfaction_score=1
    )
    answer = WhatChanged()(ask(company({"fact_interaction": extra})))
    assert "csat_rate" not in {sentence.metric for sentence in answer.facts["sentences"]}


def test_a_flow_is_not_compared_with_half_a_period() -> None:
    data = company(sources=("service_interactions",))
    late = {
        name: type(source)(**{**source.__dict__, "first_date": date(2026, 10, 10)})
        for name, source in data.sources.items()
    }
    answer = WhatChanged()(ask(type(data)(**{**data.__dict__, "sources": late})))
    assert "interactions" not in {sentence.metric for sentence in answer.facts["sentences"]}


def test_flows_of_statements_need_as_many_statements() -> None:
    def statement(day: date, count: int) -> list[dict[str, Any]]:
        return [
            {"customer_key": 1, "balance_date": day, "contributions": 10, "valid_from": day, "valid_to": day}
        ] * count

    def metrics(extra: list[dict[str, Any]]) -> set[str]:
        answer = WhatChanged()(ask(company({"fact_balance": extra})))
        return {sentence.metric for sentence in answer.facts["sentences"]}

    before = statement(date(2026, 9, 30), 40)
    assert "net_flows" in metrics(before + statement(date(2026, 10, 31), 40))
    assert "net_flows" not in metrics(before + statement(date(2026, 10, 31), 40) + statement(date(2026, 11, 21), 40))


def test_without_a_comparison_the_last_whole_months_are_compared() -> None:
    answer = WhatChanged()(ask(company(), "period=all"))
    assert answer.window == Window(date(2026, 10, 1), date(2026, 11, 1))
    assert answer.facts["comparison"] == Window(date(2026, 9, 1), date(2026, 10, 1))
    assert " in October 2026, from " in told(answer, "interactions").text


def test_with_nothing_before_it_says_so() -> None:
    data = company()
    young = type(data)(**{**data.__dict__, "first_day": date(2026, 10, 25)})
    answer = WhatChanged()(ask(young))
    assert answer.facts["sentences"] == ()
    assert answer.frame["sentence"].tolist() == [answer.facts["note"]] == [NOTHING_BEFORE]


def test_without_any_source_all_are_missing() -> None:
    answer = WhatChanged()(ask(star({}, as_of=AS_OF, first_day=FIRST, sources=())))
    assert answer.missing == KPIS


def test_who_sees_nothing_is_told_of_nobody() -> None:
    nobody = Viewer("x", Role.STAFF)
    for sentence in WhatChanged()(ask(company(), viewer=nobody)).facts["sentences"]:
        assert sentence.dimension is None
        assert sentence.after == sentence.before == 0


def test_a_staff_members_sentences_rest_on_own_rows() -> None:
    extra = [row for day in range(1, 22) for row in contacts(date(2026, 11, day), 3, 1, staff=2)]
    ann = Viewer("ann", Role.STAFF, staff_id="1")
    sentence = told(WhatChanged()(ask(company({"fact_interaction": extra}), viewer=ann)), "interactions")
    assert (sentence.before, sentence.after) == (60, 60)
    assert plain(sentence.text).startswith(
        "Interactions stayed at 60 in the 30 days to 22 Nov 2026, the same as in the 30"
    )


def move(name: str, before: float, after: float, score: float = 1.0, n: int = 0) -> Move:
    return Move(METRICS[name], before, after, n, NOW, BEFORE, score)


def test_at_least_three_then_only_the_unusual() -> None:
    moves = [move(name, 1, 2, score) for name, score in zip(KPIS, (0.1, 9, 0.2, 3, 0.3, 0.4, 2, 1.5, 0.1), strict=True)]
    assert [m.unusual for m in rank(moves)] == [9, 3, 2, 1.5]
    assert [m.unusual for m in rank(moves[:1] + moves[4:6])] == [0.4, 0.3, 0.1]
    assert rank([move("aum", 1, 1, 99), *moves])[0].unusual == 9


@pytest.mark.parametrize(
    ("told_move", "expected"),
    [
        (move("interactions", 12, 9), "Interactions fell by 3 to 9"),
        (move("interactions", 22, 369), "Interactions rose by 347 to 369"),
        (move("net_flows", -1e6, 2e6), "Net flows rose by $3.00 M to $2.00 M"),
        (move("interactions", 300_000, 300_010), "Interactions rose by 10 to 300.0 k"),
        (move("csat_rate", 0.5, 0.51, n=1234), "Satisfaction (CSAT) rose 1.0 percentage point to 51.0 % (n = 1,234)"),
    ],
)
def test_moves_in_words(told_move: Move, expected: str) -> None:
    assert plain(change_in_words(told_move)).startswith(expected + " in the 30 days to 22 Nov 2026, from ")


def test_explanations_in_words() -> None:
    rise = move("aum", 403.4e6, 412.6e6)
    assert plain(explained_in_words(rise, "state", "Texas", 5.1e6)) == "; Texas explains $5.10 M of the $9.20 M"
    assert explained_in_words(rise, "segment", "Retail", 5.1e6).startswith("; the Retail segment explains $5.10")
    spread = explained_in_words(rise, None, "", 0.0, ("segment", "state", "team"))
    assert spread == "; no single segment, state or team stands out"
    rate = explained_in_words(move("csat_rate", 0.861, 0.84), "team", "Support team", -0.012)
    assert plain(rate) == "; Support team explains 1.2 of the 2.1 points"


def test_the_same_move_is_more_unusual_for_what_is_calm() -> None:
    calm, wild = [100 + place % 2 for place in range(24)], [100 + 30 * (place % 2) for place in range(24)]
    aum = METRICS["aum"]
    assert unusual(aum, 100, 110, calm, NOW, BEFORE) > 5 * unusual(aum, 100, 110, wild, NOW, BEFORE)


def test_a_steady_drift_is_usual() -> None:
    months = [100.0 + 5 * place for place in range(24)]
    aum = METRICS["aum"]
    assert unusual(aum, 220, 225, months, NOW, BEFORE) < 1 < unusual(aum, 220, 215, months, NOW, BEFORE)


def test_a_short_past_still_gives_an_order() -> None:
    aum = METRICS["aum"]
    small, large = (unusual(aum, 100, after, [], NOW, BEFORE) for after in (101, 150))
    assert 0 < small < 1 < large
