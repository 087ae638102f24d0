"""Pages about one client: any id can stand in the path, and a stranger's is answered like one that nobody has."""

import json
from urllib.parse import quote

import pytest

from callbacks.subjects import state_of
from data_layer.access import Role
from data_layer.appdb import audit
from layouts.page import Page
from layouts.registry import BY_NAME, home_of, matching, page_at
from layouts.tile import View
from tests.app.conftest import PAGE
from tests.app.loaded import World, csv_rows
from tests.app.test_matrix import CONTENT, rows_at
from tests.app.test_scope import BOUND, strangers

CLIENT: Page = BY_NAME["client"]
NOBODY = "no-such-client"
HARD_IDS = ("a b", "a/b", "a?b&c=d", "100 %", "%41", "Ünï", "a+b", "a#b", "<id>", "x" * 150)


@pytest.mark.parametrize("value", HARD_IDS)
def test_any_id_can_stand_in_the_path(value: str) -> None:
    path = CLIENT.address(value)
    assert state_of(CLIENT, path, "?period=12m") == f"?period=12m&customer={quote(value, safe='').replace('%20', '+')}"
    assert page_at(path, Role.STAFF) is CLIENT


def test_the_subject_of_the_path_is_the_only_one() -> None:
    assert (
        state_of(CLIENT, "/clients/A", "?customer=B&customer=C&segment=Retail")
        == "?segment=Retail&period=all&customer=A"
    )


@pytest.mark.parametrize("path", ["/clients", "/clients/", "/client/A", "/"])
def test_a_path_without_a_subject_is_another_page(path: str) -> None:
    assert matching(path) is not CLIENT


@pytest.mark.parametrize("value", HARD_IDS)
def test_an_unknown_id_is_not_found(world: World, value: str) -> None:
    answer = world.client(Role.ADMIN).get(CLIENT.address(value), headers=PAGE)
    assert answer.status_code == 404
    assert "nothing with this number" in answer.text


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_a_stranger_is_answered_like_an_unknown_id(world: World, role: Role) -> None:
    """By link, on the way from page to page, tile by tile, and in every download and record."""
    browser = world.client(role)
    _, foreign = strangers(world, role)
    answers = []
    for value in (foreign, NOBODY):
        path, asked = CLIENT.address(value), f"?customer={value}&period=all"
        page = browser.get(path, headers=PAGE)
        moved = world.call(browser, CONTENT, url=path)
        data = world.call(browser, f"payload-{CLIENT.name}.data", **{f"here_{CLIENT.name}": asked}).json["response"]
        told = data[f"payload-{CLIENT.name}"]["data"]
        downloads = [
            browser.get(f"/export/{CLIENT.name}/{name}.csv{asked}")
            for tile in CLIENT.tiles
            for name in (tile.name, f"{tile.name}/records")
        ]
        panels = [
            world.call(browser, "drill.children", url_search=f"?records={t.name}", url_pathname=path).text
            for t in CLIENT.tiles
        ]
        rows = [rows_at(world, browser, path, f"?records={tile.name}") for tile in CLIENT.tiles if tile.records]
        assert page.status_code == 404
        assert "Not found" in moved.text
        assert {one.status_code for one in downloads} == {404}
        assert not any(rows)
        assert (told["title"], told["chips"]) == (None, [])
        texts = [page.text, moved.text, json.dumps(told["tiles"]), *(one.text for one in downloads), *panels]
        answers.append("".join(texts).replace(value, "…"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("asked", ["", "?customer=A&customer=B", "?customer=" + "x" * 300, "?pick=a~customer~{}"])
def test_without_one_subject_there_is_no_figure(world: World, asked: str) -> None:
    """A hand-made request must not turn the page of one client into one of all."""
    browser = world.client(Role.ADMIN)
    search = asked.replace("{}", world.subject)
    answer = world.call(browser, f"payload-{CLIENT.name}.data", **{f"here_{CLIENT.name}": search})
    tiles = answer.json["response"][f"payload-{CLIENT.name}"]["data"]["tiles"]
    assert {json.loads(text)["state"] for text in tiles.values()} == {"empty"}
    tile = next(tile for tile in CLIENT.tiles if tile.records)
    assert browser.get(f"/export/{CLIENT.name}/{tile.name}/records.csv{search}").status_code == 404


def test_a_page_is_titled_with_the_name_of_its_client(world: World) -> None:
    data = world.payloads(world.client(Role.ADMIN), CLIENT)
    customers = world.sources.table("customers").set_index("customer_id")
    assert data["title"] == f"{customers.first_name[world.subject]} {customers.last_name[world.subject]}"
    assert data["chips"] == []
    assert "Client:" not in data["words"]


def test_a_figure_is_that_of_the_client_alone(world: World) -> None:
    tile = next(t for t in CLIENT.tiles if t.records == "interactions" and t.view is View.KPI)
    browser = world.client(Role.ADMIN)
    count = sum(
        int((world.sources.table(name)[who] == world.subject).sum())
        for name, who in (("interactions", "client_id"), ("service_interactions", "customer_id"), ("conversations", "contact_id"))
    )  # fmt: skip
    assert world.payloads(browser, CLIENT, "?period=all")["tiles"][tile.name]["content"]["exact"] == f"{count:,}"
    rows = csv_rows(browser.get(world.export(CLIENT, tile, "records", "period=all")))
    assert len(rows) - 1 == count > 0


def test_a_look_at_a_client_stands_in_the_audit_log_once(world: World) -> None:
    for _ in range(3):
        world.payloads(world.client(Role.MARKETER), CLIENT)
    mine = [line for line in audit.latest(world.services.appdb, 50, "view") if line.login == Role.MARKETER.value]
    assert [line.detail for line in mine] == [{"page": CLIENT.name, "customer": world.subject}]


def test_a_client_is_nobodys_home() -> None:
    assert all(home_of(role) is not CLIENT for role in Role)


STREAM = f"/stream/{CLIENT.name}/timeline"


@pytest.mark.parametrize("role", tuple(Role), ids=lambda role: role.value)
def test_the_stream_answers_the_roles_of_its_page(world: World, role: Role) -> None:
    answer = world.client(role).get(f"{STREAM}{world.asked(CLIENT, 'period=all')}")
    assert answer.status_code == (200 if role in CLIENT.roles else 403)
    assert world.site.browser().get(STREAM).status_code == 401


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_the_stream_and_events_of_a_stranger_are_not_found(world: World, role: Role) -> None:
    _, foreign = strangers(world, role)
    asked = f"?period=all&customer={foreign}"
    everything = world.client(Role.ADMIN).get(f"{STREAM}{asked}").json
    key = everything["events"][0]["key"]
    mine = world.asked(CLIENT, "period=all")
    for address in (f"{STREAM}{asked}", f"{STREAM}/{key}{asked}", f"{STREAM}/{key}{mine}"):
        assert world.client(role).get(address).status_code == 404, address
    assert world.client(Role.ADMIN).get(f"{STREAM}/{key}{asked}").status_code == 200


def test_the_stream_goes_on_to_its_end(world: World) -> None:
    browser, asked = world.client(Role.ADMIN), world.asked(CLIENT, "period=all")
    first = browser.get(f"{STREAM}{asked}").json
    keys, after = [event["key"] for event in first["events"]], first["next"]
    while after is not None:
        more = browser.get(f"{STREAM}{asked}&after={after}").json
        assert "kinds" not in more
        keys, after = [*keys, *(event["key"] for event in more["events"])], more["next"]
    assert len(set(keys)) == len(keys) == first["total"]
    rows = csv_rows(browser.get(world.export(CLIENT, CLIENT.tile("timeline"), "records", "period=all")))
    assert len(rows) - 1 == first["total"]
    figures = csv_rows(browser.get(world.export(CLIENT, CLIENT.tile("timeline"), "figures", "period=all")))
    told = [row for row in figures if not row[0].lstrip("'\ufeff").startswith("#")]
    assert [int(row[0]) for row in told[1:]] == keys


@pytest.mark.parametrize(
    "wish", ["after=x", "after=-1", "after=" + "9" * 30, "at=2026", "at=2026-99", "at=x" * 9, "after=²"]
)
def test_a_stream_takes_any_wish(world: World, wish: str) -> None:
    answer = world.client(Role.ADMIN).get(f"{STREAM}{world.asked(CLIENT, 'period=all')}&{wish}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "address", [f"{STREAM}/99999999999999999999", f"/stream/{CLIENT.name}/profile", "/stream/executive/x"]
)
def test_there_is_no_other_stream(world: World, address: str) -> None:
    assert world.client(Role.ADMIN).get(f"{address}{world.asked(CLIENT, 'period=all')}").status_code == 404


def test_texts_are_read_by_those_who_may(world: World) -> None:
    talks = world.sources.table("conversations")
    told = world.sources.table("messages").merge(talks, on="conversation_id")
    client = str(told.contact_id[told.text != ""].value_counts().index[0])
    known = {text[:100] for text in told.text[told.contact_id == client] if text}
    asked = f"?period=all&customer={client}&event_kind=Message"
    for role, reads in ((Role.EXECUTIVE, True), (Role.MARKETER, False), (Role.ADMIN, True)):
        browser = world.client(role)
        data = world.call(browser, f"payload-{CLIENT.name}.data", **{f"here_{CLIENT.name}": asked}).text
        stream = browser.get(f"{STREAM}{asked}")
        details = [browser.get(f"{STREAM}/{event['key']}{asked}").text for event in stream.json["events"][:5]]
        texts = [event["text"] for event in stream.json["events"] if event["text"]]
        assert bool(texts) == reads, role
        assert all(text[:100] in known for text in texts)
        found = [text for text in known if len(text) > 12 and text in "".join([data, stream.text, *details])]
        assert bool(found) == reads, role
