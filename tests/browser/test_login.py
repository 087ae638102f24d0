"""In, out, and in again."""

import pytest

from data_layer.access import Role
from layouts.registry import home_of, pages_of
from tests.browser.site import LOGINS
from tests.browser.visitor import Visitor

BACKGROUND = "return getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("login", LOGINS)
def test_every_role_lands_on_its_home_with_every_tile_drawn(visitor: Visitor, login: str) -> None:
    home = home_of(LOGINS[login])
    assert home is not None
    visitor.go("/")
    assert visitor.path == "/login"
    visitor.log_in_by_form(login)
    assert visitor.path == "/"
    assert visitor.text("h1") == home.title
    assert visitor.tiles() == [tile.name for tile in home.tiles]
    states = {name: visitor.tile(name).get_attribute("data-drawn") for name in visitor.tiles()}
    assert set(states.values()) <= {"ok", "empty"}, states
    links = visitor.run("return [...document.querySelectorAll('a.nav-link')].map((a) => a.title)")
    assert links == [page.title for page in pages_of(LOGINS[login]) if page.subject is None]


@pytest.mark.causes("wrong_password")
def test_a_wrong_password_says_the_same_as_an_unknown_user(visitor: Visitor) -> None:
    said = []
    for login, password in (("executive", "not the password"), ("nobody-knows", "not the password")):
        visitor.go("/login")
        visitor.fill_login(login, password)
        said.append(visitor.until(lambda: visitor.text("[role=alert]")))
        assert visitor.path == "/login"
    assert said[0] == said[1]


def test_the_way_back_leads_to_where_one_wanted_to_go(visitor: Visitor) -> None:
    visitor.log_in_by_form("executive", "/?period=90d&segment=Retail")
    assert visitor.query == [("period", "90d"), ("segment", "Retail")]
    assert visitor.chips() == ["Segment: Retail"]


@pytest.mark.causes("session_ends")  # what was being asked at that moment is refused
def test_log_out_ends_the_session(visitor: Visitor) -> None:
    visitor.log_in_by_form("marketer")
    visitor.click(".user summary")
    visitor.click("[data-shell=logout]")
    visitor.until(lambda: visitor.path == "/login")
    visitor.go("/campaigns")
    assert visitor.path == "/login"


@pytest.mark.causes("not_found")
def test_the_servers_own_pages_have_the_theme_that_was_chosen(visitor: Visitor) -> None:
    visitor.log_in_by_form("staff")
    usual = visitor.run("return document.documentElement.dataset.theme")
    visitor.click("[data-shell=theme]")
    chosen = visitor.run("return document.documentElement.dataset.theme")
    assert chosen != usual
    background = visitor.run(BACKGROUND)
    for path in ("/login", "/clients/no-such-client"):
        visitor.browser.get(visitor.site.address + path)
        assert visitor.run("return document.documentElement.dataset.theme") == chosen
        assert visitor.run(BACKGROUND) == background


def test_pages_change_without_loading_anew(visitor: Visitor) -> None:
    visitor.log_in_by_form("admin")
    visitor.run("window.sameDocument = true")
    pages = [page for page in pages_of(Role.ADMIN) if page.subject is None]
    for page in pages[1:]:
        visitor.click(f"a.nav-link[title='{page.title}']")
        visitor.until(lambda title=page.title: visitor.text("h1") == title)
        visitor.wait_drawn()
        assert visitor.path == page.path
        assert visitor.text("a.nav-link[aria-current=page]").endswith(page.title)
        assert visitor.tiles() == [tile.name for tile in page.tiles]
    visitor.browser.back()
    visitor.until(lambda: visitor.path == pages[-2].path)
    assert visitor.run("return window.sameDocument")
