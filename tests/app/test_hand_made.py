"""Requests that no page of ours sends: refused in one line, or answered; never an error of the server."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from data_layer.access import Role
from layouts import ids
from tests.app.loaded import World

PATH = "/_dash-update-component"
ODD: tuple[Any, ...] = (
    0, -1, 1.5, True, [], [[]], {}, {"a": 1}, [None, {"x": [1]}], {"tiles": [1, {}]}, "\x00", "x" * 3000,
    {"startRow": "a", "endRow": None, "sortModel": [{"colId": "; drop table x", "sort": "desc"}]},
    {"startRow": -5, "endRow": True, "sortModel": [5]}, {"startRow": 0, "endRow": 1e300, "sortModel": "x"},
    {"startRow": 0, "endRow": 9, "sortModel": [{"colId": ["x"], "sort": 1}]}, {"startRow": 0, "sortModel": {"0": 1}},
)  # fmt: skip


def body_of(world: World, output: str) -> dict[str, Any]:
    """What a browser sends for a callback, with nothing in it yet."""
    declared = world.app.callback_map[output]
    parts = [one.rpartition(".") for one in output.strip(".").split("...")]
    outputs = [{"id": component, "property": name} for component, _, name in parts]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [{**one, "value": None} for one in declared["inputs"]],
        "state": [{**one, "value": None} for one in declared["state"]],
        "changedPropIds": [],
    }


def answered(world: World) -> list[str]:
    """The callbacks that the server answers."""
    return [output for output, one in world.app.callback_map.items() if "callback" in one]


def is_text(one: dict[str, Any]) -> bool:
    """Whether the browser sends a text there: of the address, or what a page keeps of it."""
    return one["id"] == ids.URL or one["id"] == ids.SHOWN or one["id"].startswith("here-")


def status(client: FlaskClient, body: Any) -> int:
    return client.post(PATH, json=body).status_code


def test_odd_values_are_refused_or_answered(world: World) -> None:
    client, tried = world.client(Role.ADMIN), 0
    for output in answered(world):
        body = body_of(world, output)
        for place in (*body["inputs"], *body["state"]):
            for odd in ODD:
                if is_text(place) and isinstance(odd, str):
                    continue  # what a link may hold: tests/app/test_links.py
                place["value"] = odd
                code = status(client, body)
                assert code == 400 if is_text(place) else code in (200, 204), (output, place)
                tried += 1
            place["value"] = None
    assert tried > 300


def test_odd_requests_of_the_grid_get_rows_of_the_same_figure(world: World) -> None:
    """The address is a true one; what the grid is said to want is not."""
    body = body_of(world, "drill-grid.getRowsResponse")
    for one in body["state"]:
        one["value"] = "?records=kpi_interactions&period=all" if one["property"] == "search" else "/"
    for odd in (one for one in ODD if isinstance(one, dict)):
        body["inputs"][0]["value"] = odd
        answer = world.client(Role.EXECUTIVE).post(PATH, json=body)
        assert answer.status_code == 200, odd
        rows = answer.json["response"]["drill-grid"]["getRowsResponse"]["rowData"]
        assert len(rows) <= 1000, odd


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": None}, {"outputs": 5}, {"outputs": []}, {"outputs": [5]}, {"outputs": {}}, {"outputs": {"id": 1}},
        {"inputs": None}, {"inputs": 5}, {"inputs": {}}, {"inputs": []}, {"inputs": [5]}, {"inputs": [{}]},
        {"inputs": [{"id": "url", "property": "href", "value": "/"}]}, {"state": 5}, {"state": []}, {"state": [{}, {}]},
        {"changedPropIds": 5}, {"changedPropIds": [{}]}, {"changedPropIds": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_body_of_another_shape_is_not_understood(world: World, change: dict[str, Any]) -> None:
    answer = world.client(Role.ADMIN).post(PATH, json=body_of(world, "drill.children") | change)
    assert (answer.status_code, answer.json) == (400, {"message": "This is not a callback."})


def test_what_the_browser_sends_is_understood(world: World) -> None:
    """Without a state where there is none, and without values that are not known yet."""
    for output in answered(world):
        body = body_of(world, output)
        body["inputs"] = [{"id": one["id"], "property": one["property"]} for one in body["inputs"]]
        if not body["state"]:
            del body["state"]
        assert status(world.client(Role.ADMIN), body) in (200, 204, 403), output
