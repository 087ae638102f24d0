"""A time zone of one's own, from the menu of the account."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.visitor import Visitor

DIALOG = "#time-zone"


@pytest.fixture
def executive(visitor: Visitor) -> Iterator[Visitor]:
    visitor.log_in("executive")
    yield visitor
    visitor.site.run("user", "timezone", "executive")


def choose(visitor: Visitor, zone: str) -> None:
    """As a person does; the page comes anew."""
    visitor.click(".user > summary")
    visitor.click("[data-saved=zone]")
    visitor.until(lambda: visitor.one(f"{DIALOG} select"), "there is nothing to choose from")
    visitor.run(f"document.querySelector('{DIALOG} select').value = arguments[0]; window.before = true", zone)
    visitor.click(f"{DIALOG} [type=submit]")
    visitor.until(lambda: not visitor.run("return !!window.before"), "the page did not come anew")
    visitor.wait_drawn()


def by_hour(visitor: Visitor) -> list[float]:
    """The contacts of each hour of the day."""
    script = """return document.querySelector('#tile-activity .plot').data.find((one) => one.yaxis === 'y2').y"""
    return [float(count) for count in visitor.run(script)]


def test_the_hours_of_a_page_are_those_of_the_zone_one_chose(executive: Visitor) -> None:
    here = by_hour(executive)
    choose(executive, "Asia/Tokyo")
    there = by_hour(executive)
    assert there != here
    assert there.index(max(there)) != here.index(max(here))
    executive.click("#tile-activity .tool-info")
    assert "Asia/Tokyo" in executive.text("#tile-activity .pop-info")
    executive.press(Keys.ESCAPE)
    executive.click(".user > summary")
    assert "Asia/Tokyo" in executive.text(".pop-user")
    executive.click(".user > summary")
    choose(executive, "")
    assert by_hour(executive) == here
