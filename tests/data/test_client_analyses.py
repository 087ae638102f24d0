"""The analyses of the clients' page against pandas over the source files, on both engines."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses import client_value
from data_layer.analyses.answer import Ask
from data_layer.analyses.client_cohorts import CohortRetention
from data_layer.analyses.client_growth import Acquisition, ClientGrowth
from data_layer.analyses.client_list import PAGE_ROWS, ClientList
from data_layer.analyses.client_value import ClientValue
from data_layer.semantics.period import PeriodName, Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS, question
from tests.data.oracle.ask import answer, clients_of
from tests.data.oracle.measures import balances_on, current_on, ever_enrolled_on
from tests.data.oracle.world import World
from tests.data.test_metrics import BEYOND, FILTERS, SPRING, WHOLE

DAY = timedelta(days=1)
ADVISOR = Viewer("a", Role.STAFF, staff_id="A001")
LEAD = Viewer("l", Role.SUPPORT_LEAD, team="Support North")
NOBODY = Viewer("n", Role.STAFF)
SALES = Viewer("s", Role.SALES_MANAGER)
VIEWERS = {"all": BOSS, "own": ADVISOR, "team": LEAD, "nobody": NOBODY}
WINDOWS = {"whole": WHOLE, "spring": SPRING, "beyond": BEYOND, "one day": (date(2025, 3, 3), date(2025, 3, 4))}


def ask(data: Generation, window: tuple[date, date], search: str = "", viewer: Viewer = BOSS) -> Ask:
    chosen = replace(Selection.parse(search), period=PeriodName.CUSTOM, custom=Window(*window))
    return Ask(chosen, viewer, data)


def filtered(name: str) -> str:
    return "&".join(f"{dimension}={value}" for dimension, values in FILTERS[name] for value in values)


# ---- growth


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    "name", ["client", "type", "staff", "product", "stage", "campaign", "clock", "crossed", "nobody"]
)
def test_start_and_moves_add_up_to_the_end(data: Generation, name: str, window: str, viewer: str) -> None:
    asked = ask(data, WINDOWS[window], filtered(name), VIEWERS[viewer])
    found = ClientGrowth()(asked)
    if found.is_empty:
        return
    start, new, returned, lost, end = found.frame["clients"]
    assert start + new + returned + lost == end
    days = asked.window.within(Window(asked.window.start, data.as_of + DAY))
    metrics = ("current_clients", "net_client_growth", "clients_added", "clients_returned", "clients_lost")
    said = run(Query(metrics), asked.selection, asked.viewer, data, days)
    assert [said.value(metric) or 0 for metric in metrics] == [end, end - start, new, returned, -lost]


@pytest.mark.parametrize("window", WINDOWS)
def test_growth_is_that_of_the_files(world: World, data: Generation, window: str) -> None:
    first, after = (pd.Timestamp(day) for day in WINDOWS[window])
    found = ClientGrowth()(ask(data, WINDOWS[window])).frame.set_index("step")["clients"]
    moves = world.fact("client_move")
    last = min(after - pd.Timedelta(days=1), world.as_of)
    inside = moves[(moves["day"] >= first) & (moves["day"] <= last)]["movement"].value_counts()
    assert [found[name] for name in ("New", "Returned", "Lost")] == [
        inside.get("New", 0), inside.get("Returned", 0), -inside.get("Lost", 0),
    ]  # fmt: skip
    assert found.iloc[0] == len(current_on(world, first - pd.Timedelta(days=1)))
    assert found.iloc[-1] == len(current_on(world, last))


def test_someone_returned_and_someone_was_lost(world: World) -> None:
    """Else the tests above would prove little."""
    counts = world.fact("client_move")["movement"].value_counts()
    assert counts["Lost"] > counts["Returned"] > 0


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_what_is_added_by_step_and_how_fast(world: World, data: Generation, grain: str) -> None:
    found = Acquisition(grain, 12)(ask(data, SPRING, "segment=Affluent"))
    clients = world.fact("client")
    days = clients.loc[clients["segment"] == "Affluent", "day"]
    assert len(found.frame) >= 12
    last_day = pd.Timestamp(SPRING[1] - DAY)
    for row in found.frame.to_dict("records"):
        start = pd.Timestamp(row[grain])
        end = min(start + {"day": pd.DateOffset(1), "week": pd.DateOffset(7), "month": pd.DateOffset(months=1)}[grain],
                  last_day + pd.Timedelta(days=1))  # fmt: skip
        added, before = int(((days >= start) & (days < end)).sum()), int((days < start).sum())
        assert row["clients_added"] == added
        assert row["growth"] == pytest.approx(100 * added / before)
    whole = found.frame[[day.isoformat() not in found.facts["partial"] for day in found.frame[grain]]]
    assert (found.facts["last"], found.facts["added"]) == (whole[grain].iloc[-1], whole["clients_added"].iloc[-1])
    assert found.facts["added_before"] == whole["clients_added"].iloc[-2]


# ---- cohorts


def test_cohorts_are_those_of_the_files(world: World, data: Generation) -> None:
    found = CohortRetention(12)(ask(data, BEYOND)).frame
    assert set(found["month"]) == {date(2025, month, 1) for month in range(3, 13)} | {
        date(2026, 1, 1),
        date(2026, 2, 1),
    }
    assert set(zip(found["cohort"], found["months_on"], strict=True)) >= {("2025-03", 11), ("2026-02", 0)}
    for row in found.to_dict("records"):
        day = pd.Timestamp(row["month"]) + pd.offsets.MonthEnd()
        rows = ever_enrolled_on(world, day)
        rows = rows[rows["cohort"] == row["cohort"]]
        assert row["cohort_retention__n"] == len(rows) > 0
        assert row["cohort_retention"] == pytest.approx(rows["holds"].mean())
        begun = pd.Period(row["cohort"], "M")
        assert row["months_on"] == (pd.Period(row["month"], "M") - begun).n


def test_months_that_are_not_over_are_in_no_cohort(data: Generation) -> None:
    """The data end on 5 March 2026; a period that ends on 20 January knows no January."""
    assert CohortRetention()(ask(data, BEYOND)).frame["month"].max() == date(2026, 2, 1)
    assert CohortRetention()(ask(data, (date(2026, 1, 1), date(2026, 1, 21)))).frame["month"].max() == date(2025, 12, 1)


def test_a_filter_on_cohorts_holds_in_their_own_figure(data: Generation) -> None:
    one = CohortRetention(12)(ask(data, BEYOND, "cohort=2025-03&cohort=2019-01"))
    assert set(one.frame["cohort"]) == {"2025-03"}
    assert CohortRetention(12)(ask(data, BEYOND, "cohort=2019-01")).is_empty


# ---- value


def totals(world: World) -> pd.Series:
    rows = balances_on(world, world.as_of)
    rows = rows[rows["customer"] != "Unknown"]
    return rows.groupby("customer", observed=True)["balance"].sum(min_count=1).dropna() / 100


def test_few_clients_are_points(world: World, data: Generation) -> None:
    found = ClientValue()(ask(data, BEYOND))
    right = totals(world)
    assert found.facts["kind"] == client_value.POINTS
    assert found.frame.set_index("customer")["aum"].to_dict() == pytest.approx(right.to_dict())
    seen = world.clients["first_seen"][found.frame["customer"]]
    assert found.frame["tenure_years"].tolist() == pytest.approx(((world.as_of - seen).dt.days / 365.25).tolist())
    assert found.facts["without"] == len(world.clients["first_seen"].dropna()) - len(right)
    assert found.n == len(right)


def test_many_clients_are_counted_in_bins(world: World, data: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_value, "MOST_POINTS", 10)
    found = ClientValue()(ask(data, BEYOND, "segment=Retail"))
    assert found.facts["kind"] == client_value.BINS
    clients = world.clients.loc[totals(world).index]
    clients = clients[clients["segment"] == "Retail"]
    right = clients.groupby(["tenure_step", "balance_band"]).size().to_dict()
    assert found.frame.set_index(["tenure_step", "balance_band"])["total_clients"].to_dict() == right
    assert found.n == sum(right.values()) > 10


# ---- the list


def listed(world: World, window: tuple[date, date]) -> pd.DataFrame:
    """Every client with what is listed of them."""
    last = min(pd.Timestamp(window[1] - DAY), world.as_of)
    clients = world.clients[world.clients["first_seen"] <= last]
    balance = balances_on(world, last).groupby("customer", observed=True)["balance"].sum(min_count=1).dropna() / 100
    met = world.fact("contact")
    inside = met[(met["day"] >= pd.Timestamp(window[0])) & (met["day"] < pd.Timestamp(window[1]))]
    return clients.assign(
        balance=balance.reindex(clients.index),
        interactions=inside.groupby("customer", observed=True).size().reindex(clients.index).fillna(0),
        last_contact=met[met["day"] <= last].groupby("customer", observed=True)["day"].max().reindex(clients.index),
    )


def test_the_whole_list_is_that_of_the_files(world: World, data: Generation) -> None:
    found = ClientList().whole(ask(data, SPRING)).frame.set_index("client_id")
    right = listed(world, SPRING)
    assert set(found.index) == set(right.index)
    for name in ("segment", "status", "state", "country"):
        assert found[name].to_dict() == right[name].to_dict()
    assert found["interactions"].to_dict() == right["interactions"].to_dict()
    for name, column in (("balance", found["balance"]), ("last_contact", pd.to_datetime(found["last_contact"]))):
        known = column.dropna()
        assert set(known.index) == set(right[name].dropna().index)
        assert (known - right[name][known.index]).abs().max() < (0.005 if name == "balance" else pd.Timedelta(1))


def test_pages_are_the_whole_list_in_order(data: Generation) -> None:
    for sort in ("-balance", "client", "-last_contact", "interactions", "no such column"):
        whole = ClientList().whole(ask(data, SPRING, f"list=x~sort~{sort}"))
        pages = [ClientList()(ask(data, SPRING, f"list=x~sort~{sort}&list=x~page~{page}")) for page in (1, 2, 999)]
        ids = whole.frame["client_id"].tolist()
        assert pages[0].facts["total"] == whole.facts["total"] == len(ids)
        assert pages[0].frame["client_id"].tolist() + pages[1].frame["client_id"].tolist() == ids[: 2 * PAGE_ROWS]
        last = pages[2].facts["listing"].page
        assert last == pages[2].facts["pages"] == -(-len(ids) // PAGE_ROWS)
        assert pages[2].frame["client_id"].tolist() == ids[(last - 1) * PAGE_ROWS :]
    balances = ClientList().whole(ask(data, SPRING, "list=x~sort~-balance")).frame["balance"]
    assert balances.dropna().is_monotonic_decreasing
    assert balances.isna().tolist() == sorted(balances.isna())


def test_the_search_finds_names_numbers_and_for_some_contact_data(data: Generation) -> None:
    def ids(text: str, viewer: Viewer = SALES) -> list[str]:
        return ClientList().whole(ask(data, WHOLE, f"list=x~find~{text}", viewer)).frame["client_id"].tolist()

    someone = (
        ClientList().whole(ask(data, WHOLE, viewer=SALES)).frame.dropna(subset=["email", "phone", "client"]).iloc[0]
    )
    assert someone["client_id"] in ids(someone["client"].upper())
    assert ids(someone["client_id"]) == [someone["client_id"]]
    assert someone["client_id"] in ids(someone["email"])
    assert ids(someone["email"], BOSS) == []
    digits = "".join(sign for sign in someone["phone"] if sign.isdigit())[-7:]
    assert ids(digits, BOSS) == []
    assert ids("%25") == ids("zzzz") == []


def test_a_search_in_vain_is_no_empty_answer(data: Generation) -> None:
    assert not ClientList()(ask(data, SPRING, "list=x~find~zzzz")).is_empty
    assert ClientList()(ask(data, SPRING, "segment=No such segment")).is_empty


def test_the_list_is_that_of_the_viewer(world: World, data: Generation) -> None:
    found = ClientList().whole(ask(data, WHOLE, viewer=ADVISOR)).frame
    met = world.fact("contact")
    assert set(found["client_id"]) == clients_of(world, lambda staff: staff == "A001")
    assert found["owner"].dropna().nunique() == 1
    assert ClientList().whole(ask(data, WHOLE, viewer=NOBODY)).is_empty
    assert "email" not in ClientList()(ask(data, WHOLE)).frame
    own = question("interactions", WHOLE)
    assert found["interactions"].sum() == answer(world, replace(own, scope=("own", "A001")))["value"].iloc[0] - sum(
        (met["staff"] == "A001") & (met["customer"] == "Unknown")
    )
