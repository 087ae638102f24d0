"""Who belongs to a saved segment: each rule against the oracle, on each engine, for those who see all and those who do not."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from data_layer.access import Viewer
from data_layer.segments import Segments, clients, count
from data_layer.semantics.dimensions import SAVED
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import PeriodName, Window
from data_layer.semantics.query import Query
from data_layer.semantics.rules import BoundRule, Draft, Named, Rule, Than, Threshold
from data_layer.semantics.run import run
from data_layer.semantics.selection import HeldSegment, Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS, differences, question, viewer, wanted
from tests.data.oracle.ask import Filters, reaches
from tests.data.oracle.demo import AS_OF
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import World
from tests.data.test_metrics import SPRING, WHOLE

DAY = timedelta(days=1)
QUARTER = (AS_OF - 89 * DAY, AS_OF + DAY)
OWN, TEAM = ("own", "A001"), ("team", "Support North")


def having(world: World, filters: Filters, window: tuple[date, date], scope: tuple[str, str] = ("all", "")) -> set[str]:
    """The clients under filters, by the oracle."""
    found = wanted(world, replace(question("total_clients", window, ("customer",), filters), scope=scope))
    return {str(who) for (who,), (_, n) in found.items() if n} - {UNKNOWN}


def numbers(
    world: World, metric: str, window: tuple[date, date], scope: tuple[str, str] = ("all", "")
) -> dict[str, float]:
    """A metric of each client who has a row, by the oracle."""
    found = wanted(world, replace(question(metric, window, ("customer",)), scope=scope))
    return {str(who): value for (who,), (value, n) in found.items() if n and who != UNKNOWN}


def members(rule: Rule, data: Generation, who: Viewer = BOSS) -> set[str]:
    """The clients of the segment, as its download lists them; there are as many as it counts."""
    listed = clients(rule, who, data)
    at = [field.name for field in listed.fields].index("client_id")
    found = [str(row[at]) for row in listed.all()]
    assert len(found) == len(set(found)) == count(rule, who, data)
    return set(found)


def held(rule: Rule, data: Generation, search: str = "") -> Selection:
    """A selection that is held to a rule, as a link is held to a saved segment."""
    text = BoundRule(rule, data.as_of, data.first_day).to_text()
    asked = Selection.parse(search).with_filter(SAVED, ["1"])
    return replace(asked, segments=(HeldSegment("1", "One", text),))


def high_intent(replies: int = 3) -> Rule:
    return Rule.from_text(Segments(high_intent_replies=replies).high_intent.rule)


@pytest.mark.parametrize("replies", [0, 1, 3])
def test_high_intent_are_those_who_replied_more_often(replies: int, world: World, data: Generation) -> None:
    """Straight from the file: a reply counts within 72 hours of delivery, or of sending where that is all there is."""
    rows = world.table("campaign_recipients")
    since = rows["delivered_at"].fillna(rows["sent_at"])
    replied = rows[rows["replied_at"].notna() & ~(rows["replied_at"] - since > pd.Timedelta(hours=72))]
    often = replied.groupby("contact_id").size()
    expected = set(often[often > replies].index) & set(world.clients.index)
    assert members(high_intent(replies), data) == expected
    assert replies < 3 or expected


def test_filters_and_picks_of_a_page_become_its_clients(world: World, data: Generation) -> None:
    search = (
        "period=90d&segment=Affluent&segment=Retail&pick=one~channel~Phone&pick=two~product_category~Equity"
        "&pick=two~product_category~Bonds&pick=three~weekday~Monday"
    )
    draft = Draft(Selection.parse(search), (Threshold("interactions", Than.LEAST, 2.0),))
    rule = draft.rule(data.as_of, data.first_day)
    assert (rule.period, rule.days_in_words) == (PeriodName.DAYS_90, "last 90 days, rolling")
    filters: Filters = (
        ("segment", ("Affluent", "Retail")), ("channel", ("Phone",)), ("product_category", ("Equity", "Bonds")),
        ("weekday", ("Monday",)),
    )  # fmt: skip
    often = {who for who, value in numbers(world, "interactions", QUARTER).items() if value >= 2}
    expected = having(world, filters, QUARTER) & often
    assert members(rule, data) == expected != set()


def test_a_month_that_was_clicked_stays_that_month(world: World, data: Generation) -> None:
    month = date(AS_OF.year - 1, 10, 1)
    search = f"period=all&channel=Phone&pick=trend~month~{month}"
    rule = Draft(Selection.parse(search)).rule(data.as_of, data.first_day)
    window = (month, month.replace(month=11))
    assert rule.custom == Window(*window)
    assert members(rule, data) == having(world, (("channel", ("Phone",)),), window) != set()


THRESHOLDS = {
    "balance": (Threshold("aum", Than.LEAST, 20_000.0), WHOLE),
    "flow": (Threshold("net_flows", Than.MORE, 500.0), QUARTER),
    "sessions": (Threshold("sessions", Than.MORE, 4.0), QUARTER),
    "overdue": (Threshold("followups_overdue_now", Than.LEAST, 1.0), WHOLE),
    "below nothing": (Threshold("net_flows", Than.MORE, -200.0), QUARTER),
    "quiet": (Threshold("interactions", Than.MOST, 0.0), QUARTER),
    "seldom": (Threshold("interactions", Than.MOST, 2.0), QUARTER),
    "any": (Threshold("sessions", Than.LEAST, 0.0), QUARTER),
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_thresholds_count_a_client_without_rows_as_0(name: str, world: World, data: Generation) -> None:
    threshold, window = THRESHOLDS[name]
    found = numbers(world, threshold.measure, window)
    met = {
        Than.MORE: lambda value: value > threshold.number,
        Than.LEAST: lambda value: value >= threshold.number,
        Than.MOST: lambda value: value <= threshold.number,
    }[threshold.than]
    everybody = having(world, (), WHOLE)
    period = PeriodName.DAYS_90 if window == QUARTER else PeriodName.ALL
    expected = {who for who in everybody if met(found.get(who, 0.0))}
    assert members(Rule(thresholds=(threshold,), period=period), data) == expected != set()


def test_a_rule_within_a_rule(world: World, data: Generation) -> None:
    phoned = Rule((("channel", ("Phone",)),), period=PeriodName.DAYS_90)
    both = Rule((("segment", ("Retail",)),), inside=((Named("Phoned", phoned), Named("High", high_intent(1))),))
    either = members(phoned, data) | members(high_intent(1), data)
    assert members(both, data) == having(world, (("segment", ("Retail",)),), WHOLE) & either != set()


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_follows_a_segment(metric: str, world: World, data: Generation) -> None:
    """Under other days than the rule's: the same clients, whatever the page shows."""
    rule = Rule(
        (("product_category", ("Equity",)),), (Threshold("interactions", Than.MORE, 1.0),), PeriodName.MONTHS_12
    )
    ids = tuple(sorted(members(rule, data)))
    result = run(Query((metric,)), held(rule, data), BOSS, data, Window(*SPRING))
    if not reaches(world, metric, "customer"):
        assert result.ignored == (SAVED,)
        return
    value = result.value(metric)
    found = {(): (float("nan") if value is None else value, float(result.n(metric)))}
    assert result.ignored == ()
    assert differences(found, wanted(world, question(metric, SPRING, (), (("customer", ids),))), metric) == []


@pytest.mark.parametrize("scope", [OWN, TEAM], ids=" ".join)
def test_a_segment_is_asked_within_the_rights_of_who_looks(
    scope: tuple[str, str], world: World, data: Generation
) -> None:
    """Only own clients, and only own work is counted: what a colleague did brings nobody in."""
    who = viewer(replace(question("aum", WHOLE), scope=scope))
    rule = Rule((), (Threshold("interactions", Than.MORE, 2.0),), PeriodName.ALL)
    own = numbers(world, "interactions", WHOLE, scope)
    theirs = having(world, (), WHOLE, scope)
    found = members(rule, data, who)
    assert found == {name for name, value in own.items() if value > 2} & theirs != set()
    assert found < members(rule, data)
    phoned = Rule((("channel", ("Phone",)),), period=PeriodName.DAYS_90)
    assert members(phoned, data, who) == having(world, (("channel", ("Phone",)),), QUARTER, scope)


def test_whom_nobody_tied_to_the_data_finds_nobody(data: Generation) -> None:
    assert members(high_intent(0), data, viewer(replace(question("aum", WHOLE), scope=("own", "")))) == set()


def test_a_number_that_nobody_looked_up_holds_no_client(data: Generation) -> None:
    """A link's own text is never a rule, however it is written."""
    text = BoundRule(Rule((("segment", ("Retail",)),)), data.as_of, data.first_day).to_text()
    for value in ("1", "high-intent"):
        asked = Selection.parse("").with_filter(SAVED, [value])
        assert run(Query(("total_clients",)), asked, BOSS, data).value("total_clients") == 0
    found = Segments().hold(Selection.parse("").with_filter(SAVED, [text]), BOSS, data)
    assert (found.filters, found.segments, len(found.problems)) == ((), (), 1)


def test_a_segment_lives_on_with_the_data(data: Generation) -> None:
    """Its days roll with the last day of the data: nothing of the day it was saved is kept."""
    rule = Rule((("channel", ("Phone",)),), period=PeriodName.DAYS_30)
    now, later = (BoundRule(rule, day, data.first_day) for day in (data.as_of, data.as_of + 7 * DAY))
    assert now.rule.window(now.as_of, now.first_day).end == data.as_of + DAY
    assert later.rule.window(later.as_of, later.first_day).end == data.as_of + 8 * DAY
    assert now.to_text() != later.to_text()
