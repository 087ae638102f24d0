"""Customer attributes on the pages: what the control offers, what a link may ask for, and what is said of the rest."""

import pytest

from callbacks.filters import attribute_options
from callbacks.tiles import page_frame
from data_layer.access import Role
from layouts.filters import ATTRIBUTES, controls_of
from layouts.page import Page
from layouts.registry import PAGES
from tests.app.loaded import World

OTHERS = [page for page in PAGES if page.subject is None and page.tiles]


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
def test_each_page_offers_what_has_no_control_of_its_own(world: World, page: Page) -> None:
    assert controls_of(page)[-1] == ATTRIBUTES
    offered = attribute_options(world.services.desk, world.viewer(Role.ADMIN), page.filters)
    labels = [option["label"] for option in offered if option["value"] == "attribute.label~VIP"]
    assert labels == ([] if "attribute.label" in page.filters else ["Label: VIP"])


def test_a_page_about_one_client_has_nobody_to_choose() -> None:
    assert all(ATTRIBUTES not in controls_of(page) for page in PAGES if page.subject is not None)


def test_what_the_data_do_not_have_is_left_out_and_said(world: World) -> None:
    page = OTHERS[0]
    desk, viewer = world.services.desk, world.viewer(Role.ADMIN)
    frame = page_frame(desk, page, "attribute.Colour=red&attribute.label=VIP", viewer, desk.data(viewer))
    assert frame["problems"] == [
        "The link asks for the attribute “Colour”, which the data do not have; it was left out."
    ]
    assert [(chip["label"], chip["value"]) for chip in frame["chips"]] == [("Label", "VIP")]


def test_a_download_does_not_pass_everybody_off_as_a_few(world: World) -> None:
    client, page = world.client(Role.ADMIN), OTHERS[0]
    tile = next(tile for tile in page.tiles if tile.records)
    for kind in ("figures", "records"):
        assert client.get(world.export(page, tile, kind, "attribute.label=VIP")).status_code == 200
        refused = client.get(world.export(page, tile, kind, "attribute.Colour=red"))
        assert refused.status_code == 404
        assert "“Colour”" in refused.text
