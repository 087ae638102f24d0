"""Customer attributes: whatever the data have can be split by, filtered on and chosen from."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.analyses.client_attributes import ByAttribute
from data_layer.semantics.members import attribute_members, members
from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from data_layer.warehouse.build.attributes import bands, round_edges
from data_layer.warehouse.engine import Generation
from tests.data.loading import Rows
from tests.data.small import BOSS, customers, small, split, value
from tests.postgres import PostgresServer

DAYS = ("2024-01-01", "2024-02-01")


def attributes(**values: dict[str, Any]) -> Rows:
    """Values by client, by attribute."""
    return [
        {"customer_id": who, "name": name, "value": given}
        for name, by_client in values.items()
        for who, given in by_client.items()
    ]


def loaded(home: Path, rows: Rows, count: int = 4, **more: Any) -> Generation:
    return small(
        home, {"customers": customers(*(f"C{n:03}" for n in range(count))), "customer_attributes": rows}, **more
    )


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def plans(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Generation]:
    """Two attributes of some of four clients, and one of a client who is in no table, on each engine."""
    url = postgres_server.create_database("attributes") if request.param == "postgresql" else None
    given = attributes(Plan={"C000": "Basic", "C001": "Plus", "C002": "unknown", "X": "Lost"}, Score={"C003": "7"})
    data = loaded(tmp_path_factory.mktemp("plans"), given, url=url)
    yield data
    data.engine.dispose()


def test_splits_and_filters_and_who_has_none_is_unknown(plans: Generation) -> None:
    by = "attribute.Plan"
    assert split(plans, "clients_added", *DAYS, by) == {"Basic": 1, "Plus": 1, "Unknown": 2}
    for held, count in (("Basic", 1), ("Unknown", 2), ("Lost", 0)):
        assert value(plans, "clients_added", *DAYS, {by: (held,)}) == (count, count)
    assert value(plans, "clients_added", *DAYS, {by: ("Unknown", "Plus"), "attribute.Score": ("7",)}) == (1, 1)
    assert records_of("clients_added", Selection.parse(f"period=all&{by}=Basic"), BOSS, plans).count() == 1


def test_clients_by_every_value_and_what_a_click_on_one_keeps(plans: Generation) -> None:
    """Two attributes side by side; clients have several, so each value filters by itself."""
    shown = ByAttribute()(Ask(Selection.parse("period=all"), BOSS, plans))
    assert dict(zip(shown.frame["attribute"], shown.frame["total_clients"], strict=True)) == {
        "Plan: Basic": 1, "Plan: Plus": 1, "Score: 7": 1,
    }  # fmt: skip
    assert shown.n == 4
    for picked, count in (("Plan: Basic", 1), ("Score: 7", 1), ("Score", 0), ("Plan: 7", 0), ("Plan: Unknown", 0)):
        assert value(plans, "total_clients", *DAYS, {"attribute": (picked,)}) == (count, count), picked
    assert value(plans, "clients_added", *DAYS, {"attribute": ("Plan: Basic", "Score: 7")}) == (2, 2)
    one = ByAttribute()(Ask(Selection.parse("period=all&pick=other~attribute~Plan: Plus"), BOSS, plans))
    assert one.frame["attribute"].tolist() == ["Plan: Plus"]
    nobodys = ByAttribute()(Ask(Selection.parse("period=all"), Viewer("x", Role.STAFF), plans))
    assert nobodys.is_empty


def test_names_and_values_may_hold_the_colon_between_them(tmp_path: Path) -> None:
    given = attributes(**{"Plan: paid": {"C000": "Basic"}, "Plan": {"C001": "paid: Basic", "C002": "Plus"}})
    data = loaded(tmp_path, given)
    assert value(data, "clients_added", *DAYS, {"attribute": ("Plan: Plus",)}) == (1, 1)
    assert value(data, "clients_added", *DAYS, {"attribute": ("Plan: paid: Basic",)}) == (2, 2)
    data.engine.dispose()


def test_without_attributes_it_is_said_what_to_load(tmp_path: Path) -> None:
    data = loaded(tmp_path, [])
    answer = ByAttribute()(Ask(Selection.parse("period=all"), BOSS, data))
    assert answer.is_empty
    assert "customer_attributes.csv" in answer.facts["nothing"]
    data.engine.dispose()


def test_what_a_viewer_can_choose(plans: Generation) -> None:
    assert [one.value for one in members("attribute.Plan", BOSS, plans)] == ["Basic", "Plus", "Unknown"]
    listed, left_out = attribute_members(BOSS, plans)
    assert [(one.value, one.label) for one in listed] == [
        ("attribute.Plan~Basic", "Plan: Basic"), ("attribute.Plan~Plus", "Plan: Plus"),
        ("attribute.Plan~Unknown", "Plan: Unknown"), ("attribute.Score~7", "Score: 7"),
        ("attribute.Score~Unknown", "Score: Unknown"),
    ]  # fmt: skip
    assert left_out == []
    nobody = Viewer("new", Role.STAFF, staff_id="S1")
    assert attribute_members(nobody, plans)[0] == []  # no client is theirs


def test_an_attribute_that_the_data_do_not_have_is_left_out_and_said(plans: Generation) -> None:
    asked = Selection.parse("attribute.Plan=Basic&attribute.Colour=red&pick=t~attribute.Size~L")
    held = asked.among(lambda: plans.attributes)
    assert held.filters == (("attribute.Plan", ("Basic",)),)
    assert held.picks == ()
    assert [problem.split("“")[1].split("”")[0] for problem in held.problems] == ["Colour", "Size"]
    assert value(plans, "clients_added", *DAYS, {"attribute.Colour": ("red",)}) == (4, 4)


def test_numbers_with_many_values_are_shown_in_bands_and_few_as_they_are(tmp_path: Path) -> None:
    count = 40
    given = attributes(
        Paid={f"C{n:03}": f"{n * 2.5:g}" for n in range(count)},
        Children={f"C{n:03}": str(n % 12) for n in range(count)},
        Note={f"C{n:03}": f"n{n}" for n in range(count)},
        Mixed={f"C{n:03}": "?" if n == 3 else str(n) for n in range(count)},
    )
    data = loaded(tmp_path, given, count + 1)
    kinds = {name: (one.kind, one.values, one.shown) for name, one in data.attributes.items()}
    assert kinds == {
        "Paid": ("band", 40, 5),
        "Children": ("number", 12, 12),
        "Note": ("text", 40, 40),
        "Mixed": ("text", 40, 40),
    }
    found = split(data, "clients_added", *DAYS, "attribute.Paid")
    assert list(found) == ["Under 20", "20 to under 40", "40 to under 60", "60 to under 80", "80 and over", "Unknown"]
    assert list(found.values()) == [8, 8, 8, 8, 8, 1]
    assert [m.value for m in members("attribute.Children", BOSS, data)] == [
        *map(str, range(12)),
        "Unknown",
    ]  # 2 before 10
    assert value(data, "clients_added", *DAYS, {"attribute.Paid": ("Under 20", "80 and over")}) == (16, 16)


def test_an_attribute_with_too_many_values_is_named_and_not_listed(tmp_path: Path) -> None:
    data = loaded(tmp_path, attributes(Town={f"C{n:03}": f"Town {n}" for n in range(101)}), 101)
    listed, left_out = attribute_members(BOSS, data)
    assert listed == []
    assert left_out == ["Town: 101 different values, too many to list"]
    assert value(data, "clients_added", *DAYS, {"attribute.Town": ("Town 7",)}) == (1, 1)


@pytest.mark.parametrize(
    ("quantiles", "low", "high", "labels"),
    [
        ([9, 20, 40, 60], 1, 72, ["Under 10", "10–19", "20–39", "40–59", "60 and over"]),
        ([1984, 1991, 1996, 2001], 1979, 2017, ["Under 1985", "1985–1989", "1990–1994", "1995–1999", "2000 and over"]),
        (
            [500, 1200, 3400, 30000],
            9,
            34288,
            ["Under 400", "400–1,199", "1,200–3,399", "3,400–29,999", "30,000 and over"],
        ),
        ([0, 0, 0, 5], 0, 100, ["Under 5", "5 and over"]),
    ],
)
def test_bands_are_round_and_leave_no_gap(quantiles: list[float], low: float, high: float, labels: list[str]) -> None:
    found = bands(round_edges(quantiles, low, high), is_whole=True, is_year=low > 1800)
    assert [label for label, _, _ in found] == labels
    assert all(one[2] == other[1] for one, other in pairwise(found))
    assert (found[0][1], found[-1][2]) == (-float("inf"), float("inf"))
