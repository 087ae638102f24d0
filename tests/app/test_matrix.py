"""Every role against every page, callback and download, from the real maps, so that a new one cannot be forgotten."""

import html
import json

import pytest
from flask.testing import FlaskClient

from dashapp.guard import ACCOUNT_RULES, INNER_RULES, PAGE_RULES, PUBLIC_RULES
from data_layer.access import Role
from data_layer.appdb import audit
from layouts import ids
from layouts.filters import controls_of
from layouts.page import Page
from layouts.registry import BY_NAME, FOR_EVERY_ROLE, PAGES, home_of, pages_of, validate
from tests.app.conftest import PAGE
from tests.app.loaded import World, csv_rows, every_tile

ROLES = tuple(Role)
CONTENT = "..content.children...shown-page.data.."
BY_ROLE = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
FOLLOWUP_RULES = frozenset({"/followups", "/followups/<id>", "/followups/clients"})  # see test_followups.py
EXPORT_RULES = frozenset({"/export/<page_name>/<tile_name>.csv", "/export/<page_name>/<tile_name>/records.csv"})
PAGE_EXPORT_RULES = frozenset({"/export/<page_name>/page.xlsx"})  # see test_page_export.py
LOAD_RULES = frozenset({"/admin/loads/rollback", "/admin/loads/<load_id>/rejects.csv"})  # see test_loads.py
STREAM_RULES = frozenset({"/stream/<page_name>/<tile_name>", "/stream/<page_name>/<tile_name>/<int:key>"})
# Everybody's but the wall's; what each number answers to whom is asked in test_segments.py and test_views.py.
SAVED_RULES = frozenset(
    {"/segments", "/segments/count", "/segments/<id>", "/segments/<id>.csv", "/views", "/views/<id>"}
)


def pages_named(output: str) -> list[Page]:
    """The pages whose own ids stand in a callback's output, read from the ids that the layouts give out."""
    found = []
    for page in PAGES:
        controls = ("period", "compare", *controls_of(page))
        own = {ids.here(page.name), ids.body(page.name)}
        own |= {of(page.name, lane) for of in (ids.payload, ids.drawn) for lane in range(len(page.lanes))}
        own |= {ids.filter_of(page.name, name) for name in controls}
        if any(one.rpartition(".")[0] in own for one in output.strip(".").split("...")):
            found.append(page)
    return found


def test_the_declarations_hold() -> None:
    assert validate() == []


def test_every_route_belongs_to_a_rule_that_is_tested_here(world: World) -> None:
    known = PUBLIC_RULES | INNER_RULES | ACCOUNT_RULES | PAGE_RULES | FOR_EVERY_ROLE
    known |= EXPORT_RULES | PAGE_EXPORT_RULES | STREAM_RULES | SAVED_RULES | FOLLOWUP_RULES | LOAD_RULES
    assert {rule.rule for rule in world.app.server.url_map.iter_rules()} - known == set()


@BY_ROLE
def test_a_role_gets_its_pages_and_no_other(world: World, role: Role) -> None:
    client = world.client(role)
    for page in PAGES:
        answer = client.get(world.path(page), headers=PAGE)
        allowed = role in page.roles or page.path == "/"
        assert answer.status_code == (200 if allowed else 403), page.name
        assert ("_dash-config" in answer.text) == allowed
    assert client.get("/no-such-page", headers=PAGE).status_code == 404


@BY_ROLE
def test_the_address_of_a_page_shows_it_to_its_roles_alone(world: World, role: Role) -> None:
    for path in ("/", *(world.path(page) for page in PAGES), "/no-such-page"):
        answer = world.call(world.client(role), CONTENT, url=path)
        expected = home_of(role) if path == "/" else next((p for p in pages_of(role) if world.path(p) == path), None)
        if expected is None:
            assert answer.status_code == 403, path
        else:
            assert answer.json["response"]["content"]["children"]["props"]["data-page"] == expected.name


@BY_ROLE
def test_the_browser_is_told_of_the_pages_of_the_role_by_their_paths(world: World, role: Role) -> None:
    """What `assets/ahead.js` needs to ask for figures before Dash does."""
    text = world.client(role).get("/", headers=PAGE).text
    told = json.loads(html.unescape(text.split('data-pages="')[1].split('"')[0]))
    named = {one["path"]: one["page"] for one in told}
    home = home_of(role)
    assert named == {page.path: page.name for page in pages_of(role)} | ({"/": home.name} if home else {})
    assert all(one["lanes"] == len(BY_NAME[one["page"]].lanes) for one in told)


@BY_ROLE
def test_the_navigation_lists_the_pages_of_the_role(world: World, role: Role) -> None:
    text = world.client(role).get("/_dash-layout").text
    for page in PAGES:
        assert (f'"title":"{page.title}"' in text) == (role in page.roles and page.subject is None), page.name


def test_no_callback_answers_nobody(world: World) -> None:
    for output in world.app.callback_map:
        answer = world.call(world.site.browser(), output)
        assert answer.status_code == 401, output
        assert set(answer.json) == {"login", "message"}


@BY_ROLE
def test_every_callback_of_a_page_answers_its_roles_alone(world: World, role: Role) -> None:
    """What runs in the browser has no answer on the server, but its rights are those of its page."""
    seen = set()
    for output in world.app.callback_map:
        for page in pages_named(output):
            seen.add(page.name)
            status = world.call(world.client(role), output).status_code
            if role not in page.roles:
                assert status == 403, output
            elif "callback" in world.app.callback_map[output]:
                assert status in (200, 204), output
            else:
                assert status != 403, output
    assert seen == {page.name for page in PAGES}


@BY_ROLE
def test_every_callback_of_the_frame_is_for_people(world: World, role: Role) -> None:
    frame = [o for o, one in world.app.callback_map.items() if not pages_named(o) and "callback" in one]
    assert {"drill.children", "drill-grid.getRowsResponse", CONTENT} <= set(frame)
    for output in frame:
        status = world.call(world.client(role), output, url="/").status_code
        assert status in ((403,) if home_of(role) is None else (200, 204)), output


@BY_ROLE
def test_downloads_are_for_the_roles_of_the_page(world: World, role: Role) -> None:
    client = world.client(role)
    for page, tile in every_tile(PAGES):
        for kind in ("figures", "records"):
            address = world.export(page, tile, kind)
            answer = client.get(address)
            if role not in page.roles:
                assert answer.status_code == 403, address
                assert set(answer.json) == {"message"}
            elif kind == "records" and tile.records is None:
                assert answer.status_code == 404, address
            else:
                assert len(csv_rows(answer)) >= 1, address


def test_downloads_are_for_nobody_without_a_session(world: World) -> None:
    for page, tile in every_tile(PAGES):
        for address in (f"/export/{page.name}/{tile.name}.csv", f"/export/{page.name}/{tile.name}/records.csv"):
            assert world.site.browser().get(address).status_code == 401


@pytest.mark.parametrize("address", ["nothing/x.csv", "executive/x.csv", "executive/x/records.csv", "%2e%2e/x.csv"])
def test_a_download_of_nothing_is_not_found(world: World, address: str) -> None:
    assert world.client(Role.ADMIN).get(f"/export/{address}").status_code in (403, 404)


@BY_ROLE
def test_the_state_of_the_data_is_told_to_every_role(world: World, role: Role) -> None:
    told = world.client(role).get("/generation").json["id"]
    assert told.startswith(world.services.desk.warehouse.current().id + ".")
    assert world.site.browser().get("/generation").status_code == 401


def rows_at(world: World, client: FlaskClient, path: str, search: str) -> list[object]:
    """The rows that the grid gets at an address."""
    request = {"startRow": 0, "endRow": 100, "sortModel": []}
    body = {
        "output": "drill-grid.getRowsResponse",
        "outputs": {"id": "drill-grid", "property": "getRowsResponse"},
        "inputs": [{"id": "drill-grid", "property": "getRowsRequest", "value": request}],
        "state": [{"id": "url", "property": "search", "value": search}, {"id": "url", "property": "pathname", "value": path}],
        "changedPropIds": ["drill-grid.getRowsRequest"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    rows: list[object] = answer.json["response"]["drill-grid"]["getRowsResponse"]["rowData"]
    return rows


@BY_ROLE
def test_a_hand_made_address_of_another_page_shows_no_record(world: World, role: Role) -> None:
    """The address is sent by the browser: it may name a page that the role does not have."""
    if home_of(role) is None:
        return
    client = world.client(role)
    for page, tile in every_tile(PAGES):
        if tile.records is None or page.path == "/":
            continue
        rows = rows_at(world, client, world.path(page), f"?records={tile.name}&period=all")
        asked = {"url_pathname": world.path(page), "url_search": f"?records={tile.name}&period=all"}
        panel = world.call(client, "drill.children", **asked)
        assert panel.status_code == 200
        assert role in page.roles or rows == [], (page.name, tile.name)
        assert ("not on this page" in panel.text) == (role not in page.roles)


@BY_ROLE
def test_a_download_stands_in_the_audit_log(world: World, role: Role) -> None:
    page = home_of(role)
    if page is None:
        return
    tile = next(tile for tile in page.tiles if tile.records)
    for kind, address in (("figures", f"{tile.name}.csv"), ("records", f"{tile.name}/records.csv")):
        world.client(role).get(f"/export/{page.name}/{address}").close()
        line = audit.latest(world.services.appdb, 1)[0]
        assert (line.login, line.action) == (world.viewer(role).login, "export")
        assert line.detail == {"page": page.name, "tile": tile.name, "kind": kind}


def test_a_refused_download_is_not_noted_as_one(world: World) -> None:
    page, tile = next((p, t) for p, t in every_tile(PAGES) if Role.STAFF not in p.roles)
    before = audit.latest(world.services.appdb, 1, "export")
    assert world.client(Role.STAFF).get(f"/export/{page.name}/{tile.name}.csv").status_code == 403
    assert audit.latest(world.services.appdb, 1, "export") == before


def test_what_runs_in_the_browser_or_nowhere_has_no_answer_here(world: World) -> None:
    in_browser = [name for name, one in world.app.callback_map.items() if "callback" not in one]
    assert in_browser
    for output in [*in_browser, "nothing.children", "..a.b...c.d.."]:
        body = {"output": output, "outputs": [], "inputs": [], "changedPropIds": []}
        answer = world.client(Role.ADMIN).post("/_dash-update-component", json=body)
        assert answer.status_code == 404, output
