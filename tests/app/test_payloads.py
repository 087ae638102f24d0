"""What a tile says in each state, and that answers are computed once, kept apart and replaced by new data."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from callbacks.payload import Desk, tile_payload
from callbacks.tiles import Work, page_payload
from dashapp.cli import main
from data_layer.access import Role
from data_layer.analyses.answer import Answer, Ask
from data_layer.ingest.sources import BY_NAME
from data_layer.semantics.cache import Cache
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import QueryTooLong, WarehouseAway
from layouts.page import Page
from layouts.registry import BY_NAME as PAGE_NAMES
from layouts.registry import PAGES, home_of
from layouts.tile import View
from tests.app.conftest import PAGE
from tests.app.loaded import Sources, World, every_tile, load_files, make_world, only_group, write_demo


@dataclass(frozen=True)
class Instead:
    """Stands in for a tile's analysis; ``answer`` may do what it wants."""

    metrics: tuple[str, ...]
    answer: Callable[[Ask], Answer]

    def __call__(self, ask: Ask) -> Answer:
        return self.answer(ask)


def altered(page: Page, answer: Callable[[Ask], Answer]) -> tuple[Page, str]:
    """The page with its first tile's analysis replaced, and that tile's name."""
    first = page.tiles[0]
    broken = replace(first, analysis=Instead(first.metrics, answer))
    return replace(page, rows=((broken, *page.rows[0][1:]), *page.rows[1:])), first.name


def asked(world: World, page: Page, search: str = "", desk: Desk | None = None) -> dict[str, Any]:
    """Every tile's payload, by name."""
    with ThreadPoolExecutor(4) as pool:
        search = world.asked(page, search)
        seen_by = world.viewer(Role.ADMIN)
        answer = page_payload(desk or world.services.desk, page, search, seen_by, Work(pool), list_of(page), 120.0)
    assert answer["pending"] == []
    return {name: json.loads(text) for name, text in answer["tiles"].items()}


def list_of(page: Page) -> list[str]:
    return [tile.name for tile in page.tiles]


def failing(error: Exception) -> Callable[[Ask], Answer]:
    def answer(_ask: Ask) -> Answer:
        raise error

    return answer


HOME = home_of(Role.ADMIN)
assert HOME is not None
ADMIN_HOME: Page = HOME


def test_every_tile_of_every_page_shows_something_on_full_data(world: World) -> None:
    for page in PAGES:
        for name, payload in asked(world, page, "period=12m").items():
            assert payload["state"] == "ok", (page.name, name, payload)
            assert payload["about"]["metrics"]
            assert payload["about"]["zone"] == "UTC"
            assert payload["table"]["rows"], (page.name, name)


def test_where_there_are_no_dates_no_course_is_made_up(tmp_path: Path) -> None:
    """And a tile that lacks something names that, not what is loaded."""
    (tmp_path / "in").mkdir()
    rows = "".join(f"K{i},Client {i},,,,\n" for i in range(9))
    (tmp_path / "in" / "clients.csv").write_text(f"client_id,full_name,email,phone,company,created_at\n{rows}")
    home = tmp_path / "home"
    load_files(tmp_path / "in", home)
    world = make_world(home)
    page = PAGE_NAMES["clients"]
    answers = asked(world, page)
    titles = {tile.name: tile.title for tile in page.tiles}
    said = {titles[name]: answer.get("message") for name, answer in answers.items()}
    dateless = "There are no dates in clients.csv, so nothing is known of when this was."
    for title in ("What made the number of clients grow", "Clients added by month", "Clients added by week"):
        assert said[title] == dateless, title
    assert str(said["Tenure and balance"]).startswith("Nobody has loaded this yet. It needs account_balances.csv")
    assert not [title for title, words in said.items() if words and "needs clients.csv" in words]
    world.services.appdb.dispose()


def test_an_error_stays_in_its_tile_and_is_found_in_the_log_by_its_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    page, broken = altered(ADMIN_HOME, failing(RuntimeError("secret detail")))
    payloads = asked(world, page, "period=90d")
    code = payloads[broken].pop("code")
    assert payloads[broken] == {"state": "error", "message": "This figure could not be computed.", "retry": True}
    assert {one["state"] for name, one in payloads.items() if name != broken} == {"ok"}
    assert "secret" not in json.dumps(payloads)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert code in record.getMessage()
    assert "secret detail" in caplog.text


def test_a_query_over_its_limit_says_what_to_do(world: World, caplog: pytest.LogCaptureFixture) -> None:
    error = QueryTooLong(15)
    page, slow = altered(ADMIN_HOME, failing(error))
    payload = asked(world, page, "period=90d")[slow]
    assert payload["state"] == "error"
    assert payload["retry"] is True
    assert payload["message"] == f"{error} Choose a shorter period or fewer groups."
    assert caplog.records == []


def test_a_warehouse_that_is_away_is_said_in_the_tile(world: World, caplog: pytest.LogCaptureFixture) -> None:
    page, gone = altered(ADMIN_HOME, failing(WarehouseAway("The warehouse cannot be reached.")))
    payload = asked(world, page, "period=90d")[gone]
    assert (payload["state"], payload["retry"]) == ("error", True)
    assert payload["message"] == "The data cannot be reached at the moment."
    assert payload["code"] in caplog.text


def test_a_failed_answer_is_not_kept(world: World, caplog: pytest.LogCaptureFixture) -> None:
    page, broken = altered(ADMIN_HOME, failing(RuntimeError("once")))
    assert asked(world, page, "period=7d")[broken]["state"] == "error"
    assert asked(world, ADMIN_HOME, "period=7d")[broken]["state"] == "ok"
    caplog.clear()


def test_nothing_that_matches_is_said_with_what_to_do(world: World) -> None:
    payloads = asked(world, ADMIN_HOME, "customer=nobody-at-all")
    assert {one["state"] for one in payloads.values()} == {"ok", "empty"}
    for name, payload in payloads.items():
        if payload["state"] == "empty":
            assert payload["message"].startswith("Nothing matches these filters in this period. Remove a filter"), name


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site with nothing loaded."""
    made = make_world(tmp_path_factory.mktemp("empty"))
    yield made
    made.services.appdb.dispose()


def test_without_data_every_tile_says_how_to_load_some(empty: World) -> None:
    client = empty.client(Role.ADMIN)
    for page in PAGES:
        data = empty.payloads(client, page)
        assert (data["stamp"], data["chips"]) == (None, [])
        for name, payload in data["tiles"].items():
            assert payload["state"] == "empty", name
            assert "dashapp import" in payload["message"]
    assert client.get("/generation").json == {"id": None}


def test_without_data_nothing_else_fails_either(empty: World, caplog: pytest.LogCaptureFixture) -> None:
    client = empty.client(Role.ADMIN)
    caplog.clear()
    page, tile = next((p, t) for p, t in every_tile(PAGES) if t.records)
    assert client.get("/", headers=PAGE).status_code == 200
    for output in empty.app.callback_map:
        if ".options" in output:
            assert empty.call(client, output).status_code == 200
    panel = empty.call(client, "drill.children", url_search=f"?records={tile.name}", url_pathname=page.path)
    assert panel.status_code == 200
    assert "No data has been loaded yet" in panel.text
    for address in (f"{tile.name}.csv", f"{tile.name}/records.csv"):
        answer = client.get(f"/export/{page.name}/{address}")
        assert answer.status_code == 503
        assert "No data has been loaded yet" in answer.text
    assert caplog.records == []


@pytest.fixture(scope="module")
def finance_alone(demo_sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site where only the nine files of the financial company were loaded."""
    home = tmp_path_factory.mktemp("finance")
    load_files(only_group(demo_sources, "finance", home / "files"), home)
    made = make_world(home, demo_sources)
    yield made
    made.services.appdb.dispose()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_tile_without_its_sources_says_which_file_fills_it(finance_alone: World, page: Page) -> None:
    loaded = {name for name, table in BY_NAME.items() if table.group == "finance"}
    assert len(loaded) == 9
    for name, payload in asked(finance_alone, page, "period=12m").items():
        tile = page.tile(name)
        needed = METRICS[tile.metrics[0]].sources
        if loaded & set(needed):
            assert payload["state"] in ("ok", "empty"), (name, payload)
        else:
            assert payload["state"] == "missing", (name, payload)
            for source in needed:
                assert f"{source}.csv" in payload["message"]
            # A card has little room: it names the files; every other tile also says what they would fill.
            assert (BY_NAME[needed[0]].fills in payload["message"]) == (tile.view is not View.KPI)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_downloads_and_records_do_without_a_source(finance_alone: World, page: Page) -> None:
    client = finance_alone.client(Role.ADMIN)
    for tile in page.tiles:
        assert client.get(finance_alone.export(page, tile)).status_code == 200, tile.name
        if tile.records:
            assert client.get(finance_alone.export(page, tile, "records")).status_code == 200, tile.name
            address = {"url_search": f"?records={tile.name}", "url_pathname": finance_alone.path(page)}
            panel = finance_alone.call(client, "drill.children", **address)
            assert tile.title in panel.text


def test_conversions_of_campaigns_say_which_of_two_sources_is_missing(
    demo_sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_files(only_group(demo_sources, "messaging", tmp_path / "files"), tmp_path)
    world = make_world(tmp_path, demo_sources)
    said = asked(world, PAGE_NAMES["campaigns"], "period=all")
    needs = "enrollments.csv or opportunities.csv or stage_changes.csv"
    assert said["kpi_campaign_conversions"]["message"] == f"Not loaded. Needs {needs}."
    assert said["roi_by_campaign"]["message"] == (
        f"Nobody has loaded this yet. It needs {needs}: {BY_NAME['enrollments'].fills}."
    )
    assert said["results"]["state"] == said["delivery_funnel"]["state"] == "ok"
    assert "Converted" not in str(said["delivery_funnel"])
    world.services.appdb.dispose()
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    told = CliRunner().invoke(main, ["metric", "conversion_rate"])
    assert f"It needs campaign_recipients.csv, and {needs}." in told.stderr


class Shelf:
    """A far layer of the cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any) -> bool:
        self.kept[key] = value
        return True


def test_fifty_who_ask_the_same_at_once_make_one_computation(world: World) -> None:
    together, let_go, computed = threading.Barrier(51), threading.Event(), []
    tile = ADMIN_HOME.tiles[0]

    def answer(ask: Ask) -> Answer:
        computed.append(ask)
        let_go.wait(30)
        return tile.analysis(ask)

    counted = replace(tile, analysis=Instead(tile.metrics, answer))
    desk = replace(world.services.desk, cache=Cache(Shelf()))
    selection, viewer = Selection.parse("period=ytd"), world.viewer(Role.ADMIN)

    def one() -> bytes:
        together.wait(30)
        return tile_payload(desk, ADMIN_HOME, counted, selection, viewer)

    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(one) for _ in range(50)]
        together.wait(30)
        let_go.set()
        texts = {answer.result() for answer in answers}
    assert len(computed) == 1
    assert len(texts) == 1
    assert json.loads(texts.pop())["state"] == "ok"


def test_another_process_finds_the_answer_in_the_shared_cache(world: World) -> None:
    shelf, computed = Shelf(), []
    tile = ADMIN_HOME.tiles[0]

    def answer(ask: Ask) -> Answer:
        computed.append(ask)
        return tile.analysis(ask)

    counted = replace(tile, analysis=Instead(tile.metrics, answer))
    texts = {
        tile_payload(
            replace(world.services.desk, cache=Cache(shelf)), ADMIN_HOME, counted, Selection(), world.viewer(Role.ADMIN)
        )
        for _process in range(2)
    }
    assert (len(computed), len(texts)) == (1, 1)


def kpi_of(world: World, client: Any, metric: str) -> str:
    page, tile = next((p, t) for p, t in every_tile(PAGES) if t.records == metric and t.view is View.KPI)
    return str(world.payloads(client, page, "?period=12m")["tiles"][tile.name]["content"]["exact"])


def test_a_new_generation_is_shown_at_the_next_question(demo_sources: Sources, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = load_files(demo_sources.folder, home)
    world = make_world(home, demo_sources)
    client = world.client(Role.ADMIN)
    before = kpi_of(world, client, "interactions")
    assert client.get("/generation").json == {"id": world.payloads(client, ADMIN_HOME)["of"]}
    second = load_files(write_demo(tmp_path / "other", seed=8).folder, home)
    assert first not in (second, "")
    assert second in client.get("/generation").json["id"]
    assert second in world.payloads(client, ADMIN_HOME)["of"]
    assert kpi_of(world, client, "interactions") != before
    world.services.appdb.dispose()


def test_a_slow_tile_is_left_out_and_named_and_the_others_come(world: World) -> None:
    go_on = threading.Event()

    def late(ask: Ask) -> Answer:
        assert go_on.wait(60)
        return Answer({}, ask.selection.window(ask.data.as_of, ask.data.first_day))

    page, slow = altered(ADMIN_HOME, late)
    desk = replace(world.services.desk, cache=Cache(Shelf()))
    with ThreadPoolExecutor(2) as pool:
        told = page_payload(desk, page, "?period=12m", world.viewer(Role.ADMIN), Work(pool), list_of(page), 3.0)
        go_on.set()
    assert slow in told["pending"]
    assert slow not in told["tiles"]
    assert told["tiles"]


def test_who_asks_again_for_a_slow_tile_takes_no_second_thread_from_the_others(world: World) -> None:
    go_on = threading.Event()

    def late(ask: Ask) -> Answer:
        assert go_on.wait(60)
        return Answer({}, ask.selection.window(ask.data.as_of, ask.data.first_day))

    page, slow = altered(ADMIN_HOME, late)
    desk, viewer = replace(world.services.desk, cache=Cache(Shelf())), world.viewer(Role.ADMIN)
    with ThreadPoolExecutor(2) as pool:
        work = Work(pool)
        for _ in range(3):
            told = page_payload(desk, page, "?period=12m", viewer, work, [slow], 0.1)
            assert told["pending"] == [slow]
        others = [name for name in list_of(page) if name != slow]
        told = page_payload(desk, page, "?period=12m", viewer, work, others, 60.0)
        go_on.set()
    assert told["pending"] == []


def test_all_of_an_answer_is_of_the_data_that_it_names_though_newer_are_published_meanwhile(
    demo_sources: Sources, tmp_path: Path
) -> None:
    load_files(demo_sources.folder, tmp_path)
    world = make_world(tmp_path, demo_sources)
    seen = []

    def publishing(ask: Ask) -> Answer:
        seen.append(load_files(demo_sources.folder, tmp_path))
        return Answer({}, ask.selection.window(ask.data.as_of, ask.data.first_day))

    page, _ = altered(ADMIN_HOME, publishing)
    desk, viewer = replace(world.services.desk, cache=Cache(Shelf())), world.viewer(Role.ADMIN)
    asked_of = []
    other = replace(page.tiles[1], analysis=Instead(page.tiles[1].metrics, lambda ask: _noted(ask, asked_of)))
    page = replace(page, rows=((page.tiles[0], other, *page.rows[0][2:]), *page.rows[1:]))
    before = desk.data(viewer)
    with ThreadPoolExecutor(1) as pool:
        told = page_payload(desk, page, "?period=12m", viewer, Work(pool), list_of(page)[:2], 60.0, before)
    assert before.id in told["of"]
    assert asked_of == [before.id]
    assert seen[0] in desk.data(viewer).id != before.id
    world.services.appdb.dispose()


def _noted(ask: Ask, ids: list[str]) -> Answer:
    ids.append(ask.data.id)
    return Answer({}, ask.selection.window(ask.data.as_of, ask.data.first_day))


def test_a_page_asks_again_for_what_is_pending_only(world: World) -> None:
    names = list_of(ADMIN_HOME)[:2]
    output = f"payload-{ADMIN_HOME.name}.data"
    body = {
        "output": output,
        "outputs": {"id": f"payload-{ADMIN_HOME.name}", "property": "data"},
        "inputs": [
            {"id": f"here-{ADMIN_HOME.name}", "property": "data", "value": ""},
            {"id": "again", "property": "data", "value": {"tiles": names, "at": 1}},
        ],
        "changedPropIds": ["again.data"],
    }
    answer = world.client(Role.ADMIN).post("/_dash-update-component", json=body)
    data = answer.json["response"][f"payload-{ADMIN_HOME.name}"]["data"]
    assert sorted([*data["tiles"], *data["pending"]]) == sorted(names)


def test_definitions_go_with_every_figure(world: World) -> None:
    for name, payload in asked(world, ADMIN_HOME, "period=12m").items():
        tile = ADMIN_HOME.tile(name)
        shown = payload["about"]["metrics"]
        assert [one["label"] for one in shown] == [METRICS[m].label for m in dict.fromkeys(tile.metrics)]
        assert all(one["definition"] and one["formula"] and one["denominator"] for one in shown)
