"""The page of campaigns against the files: its funnel, and the sums of its table."""

from dataclasses import replace
from math import fsum

import pandas as pd
import pytest

from data_layer.analyses.answer import Ask
from data_layer.analyses.campaign_funnel import CampaignFunnel
from data_layer.analyses.plain import Breakdown, Headline
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS
from tests.data.oracle.world import World

SPRING = "period=custom&from=2025-02-10&to=2025-04-03"


@pytest.fixture
def ask(data: Generation) -> Ask:
    return Ask(Selection.parse(SPRING), BOSS, data)


def sent_in_spring(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["day"] >= "2025-02-10") & (rows["day"] < "2025-04-03")]


def test_the_delivery_funnel_is_that_of_the_files(ask: Ask, world: World) -> None:
    answer = CampaignFunnel()(ask)
    rows, tried = sent_in_spring(world.fact("recipient")), sent_in_spring(world.fact("try"))
    counts = [len(tried), *(int(rows[name].sum()) for name in ("is_sent", "is_delivered", "is_read", "is_replied"))]
    counts.append(int(rows["converted"].sum()))
    found = answer.columns
    assert found["step"] == ["Audience", "Sent", "Delivered", "Read", "Replied", "Converted"]
    assert found["recipients"] == counts
    assert counts == sorted(counts, reverse=True)
    audience, sent, delivered, *rest = counts
    assert found["share"][1:] == pytest.approx([sent / audience, delivered / sent, *(n / delivered for n in rest)])
    assert found["of"] == [None, "Audience", "Sent", "Delivered", "Delivered", "Delivered"]
    assert answer.n == audience


def test_nothing_sent_is_an_empty_funnel(ask: Ask) -> None:
    nobody = replace(ask, selection=Selection.parse(SPRING + "&segment=No such segment"))
    assert CampaignFunnel()(nobody).is_empty


@pytest.mark.parametrize("metric", ["sent", "delivered", "campaign_conversions", "campaign_cost", "campaign_revenue"])
def test_campaigns_add_up_to_the_cards(ask: Ask, metric: str) -> None:
    always = replace(ask, selection=Selection.parse("period=all"))
    parts = Breakdown((metric,), ("campaign",))(always).columns[metric]
    assert len(parts) > 1
    assert fsum(parts) == pytest.approx(Headline(metric)(always).facts["value"])
