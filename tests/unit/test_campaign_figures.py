"""The figures of campaigns: the funnel, the table, the rates, the templates."""

import math
from datetime import date
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

from data_layer.analyses.answer import Answer
from data_layer.semantics.period import Window
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from layouts.figures.campaigns import RATES, RESULTS, delivery_funnel, rates_over_time, replies_by_template, results

WINDOW = Window(date(2026, 1, 1), date(2026, 3, 1))


def test_a_step_says_what_its_share_is_of() -> None:
    figures = {
        "step": ["Audience", "Sent", "Replied"], "recipients": [1200.0, 1000.0, 50.0], "share": [math.nan, 5 / 6, 0.05],
        "of": [None, "Audience", "Delivered"],
    }  # fmt: skip
    content = delivery_funnel(Answer(figures, WINDOW))
    (bars,) = go.Figure({"data": content["data"], "layout": content["layout"]}).data
    assert list(bars.text) == ["1,200", "1,000 \u00b7 83.3\u00a0% of audience", "50 \u00b7 5.0\u00a0% of delivered"]


def test_each_campaign_has_a_row_the_one_sent_most_on_top_and_rates_name_their_denominator() -> None:
    figures = {name: [1.0, 2.0] for name in RESULTS} | {"campaign": ["K1", "K2"], "campaign__name": ["One", "Two"]}
    figures |= {"campaign_roi": [math.nan, -0.5]}
    content = results(Answer(figures, WINDOW))
    assert [row[0] for row in content["rows"]] == ["Two", "One"]
    assert content["keys"] == [["K2"], ["K1"]]
    assert [row[-1] for row in content["rows"]] == ["\u221250.0\u00a0%", "\u2014"]
    heads = [column["label"] for column in content["columns"]]
    assert heads[:3] == ["Campaign", "Audience", "Sent"]
    assert {"Delivered, of sent", "Read, of delivered", "Replied, of delivered", "Converted, of delivered"} <= set(
        heads
    )


def test_each_rate_has_a_panel_of_its_own_and_a_month_without_sending_is_a_gap() -> None:
    columns = {"month": [date(2026, 1, 1), date(2026, 2, 1)]}
    columns |= {name: [0.5, math.nan] for name in RATES} | {name + N_SUFFIX: [10.0, 0.0] for name in RATES}
    content = rates_over_time(Answer(columns, WINDOW, {"grain": "month", "partial": ["2026-02-01"]}))
    figure = go.Figure({"data": content["data"], "layout": content["layout"]})
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y3"]
    domains = [figure.layout[f"yaxis{end}"].domain for end in ("", "2", "3")]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert {trace.y for trace in figure.data} == {(0.5, None)}
    assert figure.data[0].text == ("of 10 sent", "\u2014")
    assert [trace.customdata[1][0] for trace in figure.data] == ["2026-02-01"] * 3


def test_templates_of_one_name_are_told_apart_by_their_variant() -> None:
    frame = pd.DataFrame(
        {
            "template": ["T1", "T2", "T3"], "template" + NAME_SUFFIX: ["Hello", "Hello", "Bye"],
            "variant": ["A", "B", "Unknown"], "reply_rate": [0.3, 0.2, 0.1], "reply_rate" + N_SUFFIX: 10.0,
        }
    )  # fmt: skip
    content = replies_by_template(Answer(frame, WINDOW))
    assert content["layout"]["yaxis"]["ticktext"] == ["Hello, A", "Hello, B", "Bye"]
    assert content["data"][0]["customdata"] == [["T1"], ["T2"], ["T3"]]
