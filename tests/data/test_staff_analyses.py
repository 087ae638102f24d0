"""The analyses of the page Staff against pandas over the source files, and what no member of staff may be told."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses import colleagues
from data_layer.analyses.answer import Ask
from data_layer.analyses.colleagues import Standing
from data_layer.analyses.performance import MEASURES, NOBODY, Performance, PerStaff
from data_layer.analyses.standards import Standards
from data_layer.analyses.work_list import AHEAD, HERE, LOADED, SORTS, WorkList
from data_layer.appdb.followups import OwnFollowup, Status
from data_layer.semantics.dimensions import PRIORITIES
from data_layer.semantics.metric import Good
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.asking import BOSS, question
from tests.data.oracle.ask import answer
from tests.data.oracle.demo import AS_OF
from tests.data.oracle.measures import overdue_on
from tests.data.oracle.world import World
from tests.star import ask, star

TEAM, MEMBER = "Support North", "S001"
ANN = Viewer("ann", Role.STAFF, staff_id=MEMBER)
LEAD = Viewer("lead", Role.SUPPORT_LEAD, team=TEAM)
YEAR = "period=12m"
DAYS = (date(2025, 3, 6), date(2026, 3, 6))


def asked(data: Generation, search: str = "", viewer: Viewer = BOSS, tile: str = "list", **more: Any) -> Ask:
    return Ask(Selection.parse(search).for_tile(tile), viewer, data, **more)


# ---- the work list


def due_rows(world: World, day: date) -> pd.DataFrame:
    """From the files: what is overdue on a day, what is due on it, and what will be soon."""
    now, rows = pd.Timestamp(day), world.fact("followup")
    late = overdue_on(world, now)
    waiting = rows[(rows["standing"] == "Open") | (rows["done_day"] > now)]
    waiting = waiting[(waiting["standing"] != "Cancelled") & ~waiting.index.isin(late.index)]
    soon = waiting[(waiting["day"] >= now) & (waiting["day"] <= now + AHEAD)]
    return pd.concat([late.assign(is_late=True), soon.assign(is_late=False)])


def triples(rows: pd.DataFrame) -> Counter[tuple[date, str, str]]:
    return Counter(zip(rows["day"].dt.date, rows["customer"].astype(str), rows["staff"].astype(str), strict=True))


def listed(frame: pd.DataFrame) -> Counter[tuple[date, str, str]]:
    return Counter(zip(frame["due"], frame["customer"], frame["staff"], strict=True))


@pytest.mark.parametrize("viewer", [BOSS, LEAD, ANN], ids=lambda viewer: viewer.login)
@pytest.mark.parametrize("day", [AS_OF, date(2025, 11, 30)], ids=str)
def test_the_work_list_holds_what_the_files_say(viewer: Viewer, day: date, world: World, data: Generation) -> None:
    end = (day + timedelta(days=1)).isoformat()
    found = WorkList().whole(asked(data, f"from=2025-01-01&to={end}", viewer))
    right = due_rows(world, day)
    if viewer is LEAD:
        right = right[right["team"] == TEAM]
    elif viewer is ANN:
        right = right[right["staff"] == MEMBER]
    assert listed(found.frame) == triples(right)
    late = right[right["is_late"]]
    ages = (pd.Timestamp(day) - late["day"]).dt.days
    assert (found.facts["total"], found.facts["overdue"]) == (len(right), len(late))
    assert found.facts["today"] == int((~right["is_late"] & (right["day"] == pd.Timestamp(day))).sum())
    assert found.facts["median"] == (ages.median() if len(ages) else None)
    assert found.facts["oldest"] == (ages.max() if len(ages) else None)
    assert viewer is not BOSS or len(late) >= 10


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS), "nonsense", ""])
def test_pages_hold_every_row_once_in_order(sort: str, data: Generation) -> None:
    tool = WorkList(page_rows=7)
    first = tool(asked(data, f"list=list~sort~{sort}"))
    pages = [tool(asked(data, f"list=list~sort~{sort}&list=list~page~{n + 1}")) for n in range(first.facts["pages"])]
    frame = pd.concat([page.frame for page in pages], ignore_index=True)
    assert len(frame) == first.facts["total"] == frame["followup"].nunique() > 20
    beyond = tool(asked(data, f"list=list~sort~{sort}&list=list~page~{len(pages) + 5}"))
    assert list(beyond.frame["followup"]) == list(pages[-1].frame["followup"])
    column = sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "due"
    shown = {"customer": "customer__name", "staff": "staff__name", "action": "to_do"}
    values: list[Any] = list(frame[shown.get(column, column)])
    if column == "priority":
        values = [PRIORITIES.index(value) for value in values]
    known = [value for value in values if isinstance(value, int | str | date)]
    if data.engine.dialect.name == "duckdb" or column in ("due", "priority"):
        assert known == sorted(known, reverse=sort.startswith("-") and column == sort[1:])


def test_a_search_finds_clients_and_tasks(data: Generation) -> None:
    everything = WorkList().whole(asked(data)).frame
    one = everything[everything["to_do"].notna() & (everything["customer"] != "Unknown")].iloc[0]
    for text in (one["customer"], str(one["customer__name"]).upper(), str(one["to_do"])[:6]):
        found = WorkList().whole(asked(data, f"list=list~find~{text}")).frame
        assert one["followup"] in set(found["followup"])
    assert len(WorkList().whole(asked(data, "list=list~find~%25")).frame) == 0


def test_filters_reach_the_list(world: World, data: Generation) -> None:
    found = WorkList().whole(asked(data, "priority=High&segment=Affluent"))
    right = due_rows(world, AS_OF)
    assert listed(found.frame) == triples(right[(right["priority"] == "High") & (right["segment"] == "Affluent")])


def own(number: int, client: str, staff: str, due: date = AS_OF, priority: str = "High") -> OwnFollowup:
    return OwnFollowup(number, client, staff, f"Task {number}", priority, due, Status.OPEN)


@pytest.mark.parametrize("viewer", [BOSS, LEAD, ANN], ids=lambda viewer: viewer.login)
def test_what_was_added_here_stands_beside_the_rest_under_the_same_rights(
    viewer: Viewer, world: World, data: Generation
) -> None:
    client = str(world.fact("followup")["customer"].iloc[0])
    others = next(who for who, team in world.teams.items() if team == TEAM and who != MEMBER)
    stranger = next(who for who, team in world.teams.items() if team != TEAM)
    added = (own(1, client, MEMBER), own(2, client, others, AS_OF - timedelta(days=3)), own(3, client, stranger))
    found = WorkList().whole(asked(data, "", viewer, own_followups=lambda: added))
    here = found.frame[found.frame["origin"] == HERE]
    mine = {BOSS: {1, 2, 3}, LEAD: {1, 2}, ANN: {1}}[viewer]
    assert set(here["followup"]) == {f"here-{number}" for number in mine}
    assert found.facts["here"] == len(mine)
    without = WorkList().whole(asked(data, "", viewer))
    assert found.facts["total"] == without.facts["total"] + len(mine)
    assert set(without.frame["origin"]) <= {LOADED}
    assert set(here["state"]) == {"due", "overdue"} - ({"overdue"} if viewer is ANN else set())


def test_added_ones_follow_filters_and_are_not_told_of_earlier_days(world: World, data: Generation) -> None:
    rows = world.fact("followup")
    client = str(rows.loc[rows["segment"] == "Affluent", "customer"].iloc[0])
    added = {"own_followups": lambda: (own(1, client, MEMBER, AS_OF + timedelta(days=90)), own(2, "gone", MEMBER))}
    both = WorkList().whole(asked(data, "", ANN, **added)).frame
    assert {"here-1", "here-2"} <= set(both["followup"])
    for search, numbers in (
        ("segment=Affluent", {"here-1"}),
        ("priority=Low", set()),
        ("from=2025-01-01&to=2026-01-01", set()),
    ):
        frame = WorkList().whole(asked(data, search, ANN, **added)).frame
        assert {one for one in frame["followup"] if one.startswith("here-")} == numbers, search


def test_a_list_that_can_be_added_to_stays_in_sight_when_it_is_empty() -> None:
    empty = ask(star({}, AS_OF))
    assert WorkList()(empty).is_empty
    assert not WorkList()(replace(empty, may_write=True)).is_empty
    assert WorkList()(ask(star({}, AS_OF, sources=()))).missing


# ---- the ranking


@pytest.mark.parametrize("metric", MEASURES)
def test_the_ranking_is_that_of_the_files(metric: str, world: World, data: Generation) -> None:
    best = ("-" if METRICS[metric].good is not Good.DOWN else "") + metric
    found = Performance().whole(asked(data, f"{YEAR}&list=list~sort~{best}", standards=Standards(least_n=5)))
    right = answer(world, question(metric, DAYS, ("staff",)))
    right = right[right["staff"] != "Unknown"].set_index("staff")
    enough = right[(right["n"] >= 5) & right["value"].notna()]
    places = enough["value"].rank(method="min", ascending=METRICS[metric].good is Good.DOWN)
    shown = found.frame.set_index("staff")
    assert shown["rank"].dropna().astype(int).to_dict() == places.astype(int).to_dict()
    assert list(found.frame["rank"].dropna()) == sorted(found.frame["rank"].dropna())
    assert found.frame["rank"].isna().sum() == len(shown) - len(enough) > 0
    assert shown[metric].dropna()[right.index].to_dict() == pytest.approx(right["value"].to_dict(), nan_ok=True)
    assert set(found.frame["rank"].isna().cummax()) == set(found.frame["rank"].isna())


def test_the_ranking_is_turned_page_by_page(data: Generation) -> None:
    tool = Performance(page_rows=4)
    everybody = tool.whole(asked(data, YEAR)).frame
    first = tool(asked(data, YEAR))
    assert first.facts["pages"] == -(-len(everybody) // 4) > 2
    pages = [tool(asked(data, f"{YEAR}&list=list~page~{n + 1}")).frame for n in range(first.facts["pages"])]
    assert [who for page in pages for who in page["staff"]] == list(everybody["staff"])
    beyond = tool(asked(data, f"{YEAR}&list=list~page~999"))
    assert list(beyond.frame["staff"]) == list(pages[-1]["staff"])


def test_a_lead_ranks_the_team(world: World, data: Generation) -> None:
    found = Performance()(asked(data, YEAR, LEAD))
    team = {who for who, where in world.teams.items() if where == TEAM}
    assert set(found.frame["staff"]) <= team
    assert len(found.frame) > 1
    assert (found.facts["shows_team"], found.facts["listing"].sort) == (False, "-interactions")


# ---- a member beside the team


def standing(data: Generation, metric: str, search: str = YEAR, viewer: Viewer = ANN) -> Standing:
    found = Performance()(asked(data, search, viewer, standards=Standards(least_n=5)))
    return next(one for one in found.facts["standings"] if one.metric == metric)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """The teams of these data are small: here so few are enough."""
    monkeypatch.setattr(colleagues, "FEWEST_MEMBERS", 3)
    return 3


@pytest.mark.parametrize("metric", MEASURES)
def test_a_member_sees_own_figures_the_median_and_the_own_rank(
    metric: str, world: World, data: Generation, few: int
) -> None:
    rows = answer(world, question(metric, DAYS, ("staff",)))
    team = [who for who, where in world.teams.items() if where == TEAM]
    rows = rows[rows["staff"].isin(team) & (rows["n"] > 0) & rows["value"].notna()].set_index("staff")
    enough = rows[rows["n"] >= 5]
    found = standing(data, metric)
    assert found.members == len(rows)
    assert found.median == (pytest.approx(rows["value"].median()) if len(rows) >= few else None)
    if MEMBER in rows.index:
        assert (found.value, found.n) == (pytest.approx(rows["value"][MEMBER]), rows["n"][MEMBER])
    if MEMBER in enough.index and len(enough) >= few:
        places = enough["value"].rank(method="min", ascending=METRICS[metric].good is Good.DOWN)
        assert (found.rank, found.ranked) == (places[MEMBER], len(enough))
    else:
        assert found.rank is None


def test_somebody_is_beside_a_team_at_all(data: Generation, few: int) -> None:
    viewers = [Viewer("one", Role.STAFF, staff_id=one) for one in (MEMBER, "S004", "T004")]
    found = [standing(data, "interactions", viewer=viewer) for viewer in viewers]
    assert all(one.median is not None and one.members >= few for one in found)
    assert {one.rank for one in found} >= {1, 2}


def contacts(members: int) -> Generation:
    """A team in which the n-th member has n x 10 contacts."""
    return star(
        {
            "dim_staff": [{"staff_id": f"S{n}", "team": "North", "full_name": f"Name {n}"} for n in range(1, members + 1)],
            "fact_interaction": [
                {"opened_date": AS_OF, "staff_key": n, "customer_key": 0} for n in range(1, members + 1) for _ in range(n * 10)
            ],
        },
        AS_OF,
    )  # fmt: skip


@pytest.mark.parametrize(("members", "median"), [(1, None), (2, None), (4, None), (5, 30.0), (6, 35.0)])
def test_a_small_team_gives_no_colleague_away(members: int, median: float | None) -> None:
    data = contacts(members)
    viewer = Viewer("one", Role.STAFF, staff_id="S1")
    found = standing(data, "interactions", "", viewer)
    assert (found.value, found.median, found.rank) == (10, median, members if median else None)
    bars = PerStaff("interactions")(asked(data, "", viewer)).frame
    assert list(bars["staff"]) == (["S1", NOBODY] if median else ["S1"])


@pytest.mark.parametrize(
    "search", ["staff=S2", "staff=S1&staff=S2", "pick=other~staff~S2", "team=South", "customer=C1"]
)
def test_no_filter_makes_a_median_of_one_colleague(search: str) -> None:
    viewer = Viewer("one", Role.STAFF, staff_id="S1")
    found = standing(contacts(6), "interactions", search, viewer)
    assert (found.value, found.median, found.members) == (10, 35.0, 6)
    assert Performance()(asked(contacts(6), search, viewer)).ignored
    assert NOBODY not in set(PerStaff("interactions")(asked(contacts(6), search, viewer)).frame["staff"])


@pytest.mark.parametrize("staff_id", [None, "S9"])
def test_who_is_in_no_team_is_beside_nobody(staff_id: str | None) -> None:
    found = standing(contacts(6), "interactions", "", Viewer("new", Role.STAFF, staff_id=staff_id))
    assert (found.value, found.median, found.rank) == (0.0, None, None)


def test_nothing_of_a_colleague_is_in_the_answer(data: Generation, world: World) -> None:
    names = {str(one) for one in world.teams if one != MEMBER}
    for tool in (Performance(), PerStaff("interactions")):
        text = repr(tool(asked(data, YEAR, ANN)))
        assert [name for name in names if name in text] == []
