"""The time zone that people choose for themselves, over the wire."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from data_layer.access import Role
from data_layer.appdb import audit
from layouts.pages.executive import PAGE as EXECUTIVE
from tests.app.loaded import World

PATH = "/account/timezone"
HEATMAP = "activity"
PEOPLE = tuple(role for role in Role if role is not Role.WALL)


@pytest.fixture
def executive(world: World) -> Iterator[FlaskClient]:
    """The executive, who has the site's zone again afterwards."""
    client = world.client(Role.EXECUTIVE)
    yield client
    assert client.put(PATH, json={"zone": ""}).json == {"zone": ""}


def zone_of(world: World, client: FlaskClient) -> str:
    """What a figure's explanation says of its time zone."""
    payload = world.payloads(client, EXECUTIVE, "period=30d")["tiles"][HEATMAP]
    return str(payload["about"]["zone"])


@pytest.mark.parametrize("role", PEOPLE, ids=lambda role: role.value)
def test_everybody_may_choose_and_is_told_what_there_is(world: World, role: Role) -> None:
    told = world.client(role).get(PATH).json
    assert (told["zone"], told["site"]) == ("", world.services.desk.warehouse.current().time_zone)
    assert {"UTC", "Europe/Paris", "Asia/Tokyo"} <= set(told["zones"])


def test_nobody_chooses_without_a_session(world: World) -> None:
    assert world.site.browser().get(PATH).status_code == 401
    assert world.site.browser().put(PATH, json={"zone": "UTC"}).status_code == 401


def test_figures_follow_the_zone_and_say_so_for_this_user_alone(world: World, executive: FlaskClient) -> None:
    before = world.payloads(executive, EXECUTIVE, "period=30d")["tiles"][HEATMAP]["content"]
    assert executive.put(PATH, json={"zone": "Asia/Tokyo"}).json == {"zone": "Asia/Tokyo"}
    assert executive.get(PATH).json["zone"] == "Asia/Tokyo"
    assert zone_of(world, executive) == "Asia/Tokyo"
    assert world.payloads(executive, EXECUTIVE, "period=30d")["tiles"][HEATMAP]["content"] != before
    assert zone_of(world, world.client(Role.ADMIN)) == world.services.desk.warehouse.current().time_zone
    executive.put(PATH, json={"zone": ""})
    assert world.payloads(executive, EXECUTIVE, "period=30d")["tiles"][HEATMAP]["content"] == before


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Europe/Paris'--", "x" * 65, 7, None, ["UTC"]])
def test_what_is_no_zone_changes_nothing(world: World, executive: FlaskClient, zone: object) -> None:
    answer = executive.put(PATH, json={"zone": zone})
    assert answer.status_code == 200
    assert answer.json["problem"]
    assert executive.get(PATH).json["zone"] == ""


def test_a_choice_is_in_the_audit_log(world: World, executive: FlaskClient) -> None:
    executive.put(PATH, json={"zone": "Europe/Berlin"})
    latest = audit.latest(world.services.appdb)[0]
    assert (latest.action, latest.detail["timezone"]) == ("user_timezone_changed", "Europe/Berlin")
