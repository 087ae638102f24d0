"""What must hold between numbers, whatever the data: totals and parts, stocks and flows, promises kept and broken."""

import math
import random
from datetime import date, timedelta

import pandas as pd
import pytest

from data_layer.semantics.metric import Kind
from data_layer.semantics.metrics import METRICS
from data_layer.warehouse.engine import Generation
from tests.data.asking import question, site
from tests.data.oracle.ask import reaches
from tests.data.oracle.measures import balances_on
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import World
from tests.data.test_metrics import BEYOND, SPRING, WHOLE

DAY = timedelta(days=1)
PARTITIONS = (
    "segment",
    "country",
    "status",
    "owner",
    "staff",
    "team",
    "channel",
    "product",
    "stage",
    "month",
    "weekday",
)
ADDITIVE = [name for name, metric in METRICS.items() if metric.additive]
DISTINCT = ("clients_handled", "active_users")


def value(metric: str, first: date, end: date, data: Generation) -> float:
    return site(question(metric, (first, end)), data)[()][0]


@pytest.mark.parametrize("metric", ADDITIVE)
def test_parts_add_up_to_the_whole(metric: str, world: World, data: Generation) -> None:
    whole = value(metric, *SPRING, data)
    stock = METRICS[metric].kind is Kind.STOCK
    for name in PARTITIONS:
        if reaches(world, metric, name) and not (stock and name == "month"):
            parts = site(question(metric, SPRING, (name,)), data)
            known = [part for part, _ in parts.values() if not math.isnan(part)]
            assert sum(known) == pytest.approx(whole, abs=0.004), name


@pytest.mark.parametrize("metric", DISTINCT)
def test_distinct_clients_are_not_added_over_time(metric: str, data: Generation) -> None:
    months = [part for part, _ in site(question(metric, WHOLE, ("month",)), data).values()]
    whole = value(metric, *WHOLE, data)
    assert max(months) <= whole < sum(months)


@pytest.mark.parametrize("metric", ["csat_rate", "satisfaction_score", "delivered_rate", "followup_completion_rate"])
def test_a_total_rate_is_that_of_all_rows_not_the_mean_of_the_groups(metric: str, data: Generation) -> None:
    """The groups' values weigh as much as the rows they rest on."""
    parts = [part for part in site(question(metric, WHOLE, ("month",)), data).values() if part[1]]
    weighted = sum(share * n for share, n in parts) / sum(n for _, n in parts)
    total, n = site(question(metric, WHOLE), data)[()]
    assert n == sum(n for _, n in parts)
    assert total == pytest.approx(weighted)
    assert total != pytest.approx(sum(share for share, _ in parts) / len(parts), rel=1e-6)


def test_clients_at_the_end_less_those_at_the_start_are_those_added(data: Generation) -> None:
    for first, end in (SPRING, BEYOND, (date(2024, 3, 1), date(2024, 3, 2)), (date(2020, 12, 28), date(2021, 1, 4))):
        grown = value("total_clients", first, end, data) - value("total_clients", first - 9 * DAY, first, data)
        assert grown == value("clients_added", first, end, data)


def test_on_time_late_and_overdue_are_all_that_was_due(data: Generation) -> None:
    for window in (SPRING, BEYOND, WHOLE):
        for by in ((), ("priority",), ("staff",), ("month",), ("day",) if window is SPRING else ("week",)):
            on_time, late, overdue, due = (
                site(question(name, window, by), data)
                for name in ("followups_on_time", "followups_late", "followups_overdue", "followups_due")
            )
            assert due
            for key, (total, _) in due.items():
                assert on_time[key][0] + late[key][0] + overdue[key][0] == total, key


def test_rates_of_followups_are_their_counts(data: Generation) -> None:
    due, late, on_time = (value(f"followups_{name}", *WHOLE, data) for name in ("due", "late", "on_time"))
    assert value("followup_completion_rate", *WHOLE, data) == pytest.approx((on_time + late) / due)
    assert value("followup_on_time_rate", *WHOLE, data) == pytest.approx(on_time / due)


def test_net_flows_are_what_came_in_less_what_went_out(data: Generation) -> None:
    for by in ((), ("month",), ("product",), ("segment",)):
        paid, taken, net = (
            site(question(name, SPRING, by), data) for name in ("contributions", "withdrawals", "net_flows")
        )
        for key, (flow, _) in net.items():
            assert flow == pytest.approx(paid[key][0] - taken[key][0], abs=0.004)


def test_assets_on_random_days_are_those_of_the_files(world: World, data: Generation) -> None:
    dice = random.Random(11)
    for _ in range(25):
        day = date(2024, 3, 31) + dice.randrange(704) * DAY
        held = balances_on(world, pd.Timestamp(day))
        assert site(question("aum", (day, day + DAY)), data)[()] == pytest.approx(
            (held["balance"].sum() / 100, len(held)), abs=0.004
        ), day


def test_assets_by_day_are_never_added_over_days(data: Generation) -> None:
    days = site(question("aum", SPRING, ("day",)), data)
    assert len(days) == (SPRING[1] - SPRING[0]).days
    assert value("aum", *SPRING, data) == days[(SPRING[1] - DAY,)][0]
    month = site(question("aum", SPRING, ("month",)), data)
    assert month[(date(2025, 2, 1),)] == days[(date(2025, 2, 28),)]


def test_what_assets_gained_is_flows_returns_and_fees(world: World, data: Generation) -> None:
    """Accounts with a statement at both month ends and no other between: the files' own arithmetic, to the cent."""
    first, last = pd.Timestamp(2025, 5, 31), pd.Timestamp(2025, 6, 30)
    rows = world.fact("statement")
    rows = rows[(rows["customer"] != UNKNOWN) & rows["day"].between(first, last)]
    days = rows.groupby("account", observed=True)["day"].agg(["min", "max", "size"])
    whole = days.index[(days["min"] == first) & (days["max"] == last) & (days["size"] == 2)]
    assert len(whole) > 400
    before, after = (rows[rows["account"].isin(whole) & (rows["day"] == day)] for day in (first, last))
    flows = after["paid_in"].sum() - after["taken_out"].sum()
    explained = flows + after["returns"].sum() - after["fees"].sum()
    assert after["balance"].sum() - before["balance"].sum() == pytest.approx(explained, abs=0.5)  # cents

    june = (date(2025, 6, 1), date(2025, 7, 1))
    opened = set(rows.loc[rows["account"].isin(whole), "account"])
    held = balances_on(world, last)
    rest = (held.loc[~held["account"].isin(opened), "balance"].sum()
            - balances_on(world, first).pipe(lambda b: b.loc[~b["account"].isin(opened), "balance"]).sum())  # fmt: skip
    gained = value("aum", *june, data) - value("aum", date(2025, 5, 1), june[0], data)
    assert gained == pytest.approx((explained + rest) / 100, abs=0.004)


def test_retention_counts_those_who_came_back(data: Generation) -> None:
    """Holders at the end = holders at the start who stayed + those who came: the rate never counts the latter."""
    rate, n = site(question("retention_rate", SPRING), data)[()]
    assert 0 < rate <= 1
    assert rate * n == pytest.approx(round(rate * n))
    assert n == site(question("products_per_customer", (SPRING[0] - DAY, SPRING[0])), data)[()][1]


def test_the_engines_agree_to_the_last_cent(demo: object, world: World) -> None:
    duck, post = demo.engines["duckdb"], demo.engines["postgresql"]  # type: ignore[attr-defined]
    for metric in METRICS:
        for by in ((), ("month",), ("segment",), ("staff",), ("product",)):
            if all(reaches(world, metric, name) for name in by):
                asked = question(metric, SPRING, by)
                one, other = site(asked, duck), site(asked, post)
                assert one.keys() == other.keys()
                for key, (found, n) in one.items():
                    assert (found, n) == pytest.approx(other[key], rel=1e-13, abs=1e-9, nan_ok=True), (metric, by, key)
