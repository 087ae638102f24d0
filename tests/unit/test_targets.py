"""Targets: which can be set, what they mean, and red, amber or green by them."""

import pytest

from data_layer.semantics.targets import Target, TargetError, Targets, merged, new_target, read_targets, read_value


@pytest.mark.parametrize(
    ("actual", "state"), [(1.0, "good"), (0.9, "good"), (0.899, "watch"), (0.75, "watch"), (0.749, "bad"), (None, None)]
)
def test_red_amber_green_where_more_is_better(actual: float | None, state: str | None) -> None:
    assert new_target("csat_rate", 0.9, 0.75).state(actual) == state


@pytest.mark.parametrize(
    ("actual", "state"), [(0, "good"), (15, "good"), (15.1, "watch"), (20, "watch"), (20.1, "bad")]
)
def test_red_amber_green_where_less_is_better(actual: float, state: str) -> None:
    assert new_target("first_response_minutes", 15, 20).state(actual) == state


def test_amber_reaches_a_tenth_unless_somebody_says_otherwise() -> None:
    assert new_target("csat_rate", 0.9).watch == pytest.approx(0.81)
    assert new_target("first_response_minutes", 15).watch == pytest.approx(16.5)
    assert new_target("net_flows", -100).watch == pytest.approx(-110)


def test_what_adds_up_is_in_proportion_to_the_days_and_nothing_else_is() -> None:
    assert new_target("net_flows", 300, 150).over(10) == Target("net_flows", 100, 50)
    assert new_target("followups_overdue_now", 300).over(10).value == 300
    assert new_target("csat_rate", 0.9).over(10).value == 0.9


def test_words_say_the_direction() -> None:
    assert new_target("csat_rate", 0.9).words == "≥ 90.0\u00a0%"
    assert new_target("first_response_minutes", 15).words == "≤ 15\u00a0min"


@pytest.mark.parametrize(
    ("metric", "value", "watch", "message"),
    [
        ("nothing", 1, None, "no metric"),
        ("interactions", 1, None, "no good direction"),
        ("clients_handled", 1, None, "does not add up"),
        ("csat_rate", 0.8, 0.9, "must be not above"),
        ("first_response_minutes", 15, 10, "must be not below"),
    ],
)
def test_what_makes_no_sense_is_refused(metric: str, value: float, watch: float | None, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        new_target(metric, value, watch)


@pytest.mark.parametrize(("text", "value"), [("90%", 0.9), ("90 %", 0.9), ("0.9", 0.9), ("1,200", 1200), ("-3", -3)])
def test_values_as_people_write_them(text: str, value: float) -> None:
    assert read_value(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "a lot", "nan", "inf", "9%%"])
def test_no_number_is_no_value(text: str) -> None:
    with pytest.raises(TargetError, match="no number"):
        read_value(text)


def test_the_setting_is_read_and_written_alike() -> None:
    text = "csat_rate=0.8/0.7, first_response_minutes=15/20"
    assert str(read_targets(text)) == text
    assert read_targets("csat_rate = 80%").kept == (new_target("csat_rate", 0.8),)
    assert read_targets("").kept == read_targets("None").kept == ()
    with pytest.raises(TargetError, match="no target"):
        read_targets("csat_rate")


def test_ones_own_target_takes_the_place_of_the_usual_one_and_a_team_has_its_own() -> None:
    usual = read_targets("csat_rate=80%, followup_on_time_rate=90%")
    own = (new_target("csat_rate", 0.7), new_target("csat_rate", 0.6, team="North"))
    found = merged(usual, own)
    assert [found.best("csat_rate", team).value for team in (None, "South", "North")] == [0.7, 0.7, 0.6]
    assert found.best("followup_on_time_rate", "North").value == 0.9
    assert found.best("aum", None) is None
    assert Targets(own[1:]).best("csat_rate", None) is None
