"""Rules of saved segments: what can be one, how it is written down and read again, and what it says of itself."""

from dataclasses import replace
from datetime import date

import pytest

from data_layer.semantics.dimensions import DIMENSIONS, SAVED
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import PeriodName, Window
from data_layer.semantics.rules import (
    DEEPEST,
    MEASURES,
    BoundRule,
    Draft,
    Named,
    Rule,
    RuleError,
    Than,
    Threshold,
    check_of_clients,
    threshold_of,
)
from data_layer.semantics.selection import HeldSegment, Selection

AS_OF, FIRST = date(2026, 11, 21), date(2020, 1, 1)
PHONED = Rule((("channel", ("Phone", "E-mail")),), (Threshold("replied", Than.MORE, 3.0),), PeriodName.DAYS_90)
FIXED = replace(PHONED, period=PeriodName.CUSTOM, custom=Window(date(2026, 1, 1), date(2026, 2, 1)))
NESTED = replace(PHONED, inside=((Named("One", FIXED), Named("Two “quoted”", PHONED)), (Named("Three", PHONED),)))


def drafted(search: str, *thresholds: Threshold, period: PeriodName | None = None) -> Rule:
    return Draft(Selection.parse(search), thresholds, period).rule(AS_OF, FIRST)


def under(rule: Rule) -> Selection:
    """A selection that is held to a rule by the name One."""
    held = HeldSegment("7", "One", BoundRule(rule, AS_OF, FIRST).to_text())
    return replace(Selection.parse("saved=7"), segments=(held,))


@pytest.mark.parametrize("rule", [PHONED, FIXED, NESTED, Rule((("segment", ("Retail",)),))])
def test_a_rule_is_read_as_it_was_written(rule: Rule) -> None:
    assert Rule.from_text(rule.to_text()) == rule
    bound = BoundRule(rule, AS_OF, FIRST)
    assert BoundRule.from_text(bound.to_text()) == bound


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "7", '{"conditions":[["nothing",["x"]]],"custom":null,"inside":[],"period":"all","thresholds":[]}',
        PHONED.to_text().replace("channel", "saved"), PHONED.to_text().replace("channel", "month"),
        PHONED.to_text().replace("replied", "win_rate"), PHONED.to_text().replace("90d", "someday"),
    ],
)  # fmt: skip
def test_what_is_no_rule_of_this_site_is_refused_and_never_holds_everybody(text: str) -> None:
    with pytest.raises(RuleError, match="cannot be read any more"):
        Rule.from_text(text)
    assert BoundRule.from_text(f"2026-11-21 2020-01-01 {text}") is None


@pytest.mark.parametrize("text", ["7", "high-intent", "2026-11-21", "a b c"])
def test_a_number_is_no_rule(text: str) -> None:
    assert BoundRule.from_text(text) is None


def test_filters_and_picks_are_kept_and_days_in_their_own_words() -> None:
    rule = drafted("period=qtd&compare=year&segment=Retail&pick=tile~channel~Phone&pick=tile~channel~Branch")
    assert rule.conditions == (("segment", ("Retail",)), ("channel", ("Phone", "Branch")))
    assert (rule.period, rule.custom) == (PeriodName.QUARTER, None)
    assert rule.days_in_words == "quarter to date, rolling"


def test_two_dates_and_a_clicked_month_stay_as_they_are() -> None:
    given = drafted("from=2026-01-05&to=2026-02-01&channel=Phone")
    clicked = drafted("period=12m&channel=Phone&pick=tile~month~2026-03-01")
    assert (given.period, given.custom) == (PeriodName.CUSTOM, Window(date(2026, 1, 5), date(2026, 2, 1)))
    assert clicked.custom == Window(date(2026, 3, 1), date(2026, 4, 1))
    assert clicked.days_in_words == "1 – 31 Mar 2026, fixed"


def test_days_that_were_chosen_take_the_place_of_the_pages() -> None:
    rule = drafted("from=2026-01-05&to=2026-02-01&channel=Phone", period=PeriodName.MONTHS_12)
    assert (rule.period, rule.custom) == (PeriodName.MONTHS_12, None)


def test_days_are_not_kept_where_none_matters() -> None:
    """The same clients at any period: one rule, whatever the page showed."""
    rules = {drafted(f"period={period}&segment=Retail&owner=A1") for period in ("7d", "all")}
    assert len(rules) == 1
    assert rules.pop().days_in_words == ""


@pytest.mark.parametrize("search", ["", "period=7d", "pick=tile~month~2026-03-01"])
def test_everybody_is_no_segment(search: str) -> None:
    with pytest.raises(RuleError, match="everybody is no segment"):
        drafted(search)
    assert drafted(search, Threshold("replied", Than.MORE, 3.0)).thresholds


def test_a_segment_that_is_applied_is_copied_with_its_name() -> None:
    rule = Draft(replace(under(PHONED), picks=Selection.parse("pick=a~segment~Retail").picks)).rule(AS_OF, FIRST)
    assert rule.inside == ((Named("One", PHONED),),)
    assert rule.conditions == (("segment", ("Retail",)),)


def test_a_segment_that_nobody_looked_up_is_not_kept() -> None:
    with pytest.raises(RuleError, match="not there any more"):
        drafted("saved=7&segment=Retail")


def test_copies_do_not_pile_up_for_ever() -> None:
    rule = PHONED
    for _ in range(DEEPEST - 1):
        rule = Draft(under(rule)).rule(AS_OF, FIRST)
    assert rule.depth == DEEPEST
    with pytest.raises(RuleError, match="builds on"):
        Draft(under(rule)).rule(AS_OF, FIRST)


def test_a_rule_of_thousands_of_values_is_refused() -> None:
    many = Selection().with_filter("customer", [f"a client with a long number {number:09d}" for number in range(900)])
    with pytest.raises(RuleError, match="too long"):
        Draft(many).rule(AS_OF, FIRST)


@pytest.mark.parametrize("name", [n for n, d in DIMENSIONS.items() if n != SAVED and not (d.is_calendar or d.is_apart)])
def test_every_filter_says_something_about_clients(name: str) -> None:
    """Else a page could offer a filter that cannot be saved, and must say so."""
    check_of_clients(name)


def test_the_days_of_a_calendar_say_nothing_about_clients() -> None:
    with pytest.raises(RuleError, match="says nothing about clients"):
        check_of_clients("month")


@pytest.mark.parametrize("measure", MEASURES)
def test_measures_are_numbers_of_one_client(measure: str) -> None:
    metric = METRICS[measure]
    assert metric.additive
    assert metric.fact.has("customer_key")
    assert metric.fact.time is not None or metric.fact.is_span


def test_thresholds_in_words() -> None:
    assert Threshold("replied", Than.MORE, 3.0).words == "Replies to campaigns: more than 3"
    assert Threshold("aum", Than.LEAST, 50_000.0).words == "Assets under management: at least $50,000"
    assert Threshold("net_flows", Than.MOST, -0.5).words == "Net flows: at most −$0.50"


@pytest.mark.parametrize(
    ("measure", "than", "number"),
    [
        ("win_rate", "more", 1), ("replied", "near", 1), ("replied", "more", None), ("replied", "more", "3"),
        ("replied", "more", True), ("replied", "more", 2.5), ("replied", "more", -1), ("aum", "more", float("nan")),
        ("aum", "more", float("inf")), ("aum", "more", 1e15), ("DROP TABLE", "more", 1),
    ],
)  # fmt: skip
def test_what_is_no_threshold_is_refused(measure: str, than: str, number: object) -> None:
    with pytest.raises(RuleError):
        threshold_of(measure, than, number)


def test_what_a_link_calls_a_segment_is_part_of_the_key_with_its_rule() -> None:
    one, other = under(PHONED), under(FIXED)
    assert one.to_search() == other.to_search() == "saved=7"
    assert one.cache_key() != other.cache_key() != Selection.parse("saved=7").cache_key()
    assert one.label_of(SAVED, "7") == "One"
    assert one.without(SAVED, ["7"]).to_search() == ""


def test_only_the_named_values_are_taken_out() -> None:
    asked = Selection.parse("saved=1&saved=2&segment=1&pick=a~saved~1&pick=a~segment~1&pick=b~saved~3")
    kept = asked.without(SAVED, ["1", "3"])
    assert kept.wanted() == [("saved", ("2",)), ("segment", ("1",)), ("segment", ("1",))]
    assert [pick.tile for pick in kept.picks] == ["a"]
