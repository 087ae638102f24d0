"""One client: the way there, the stream that goes on, and what a link to somebody else's client shows."""

import pytest

from data_layer.access import Role
from data_layer.semantics.members import exists
from layouts.registry import BY_NAME
from tests.browser.visitor import Visitor

LINES = ".timeline-list .event"
TO_THE_END = "const list = document.querySelector('.timeline-list'); list.scrollTop = list.scrollHeight;"
KEYS = "return [...document.querySelectorAll('.timeline-list .event')].map((line) => Number(line.dataset.event))"
KINDS = (
    "return [...new Set([...document.querySelectorAll('.timeline-list .event-kind')].map((one) => one.textContent))]"
)
# The key of the first event that one sees in the list.
IN_SIGHT = """
const list = document.querySelector('.timeline-list');
if (list.getAttribute('aria-busy') === 'true') return null;
const top = list.getBoundingClientRect().top;
const line = [...list.querySelectorAll('.event')].find((one) => one.getBoundingClientRect().bottom > top + 20);
return line && Number(line.dataset.event);
"""
CHOOSE_MONTH = """
const select = document.querySelector('.months');
select.value = [...select.options].at(-1).value;
select.dispatchEvent(new Event('change'));
return select.value;
"""


@pytest.fixture
def client(visitor: Visitor) -> Visitor:
    """A visitor who opened a client from the list of the most engaged ones."""
    visitor.log_in("executive", "/?period=12m")
    name = visitor.text("#tile-top_clients a.to-page")
    visitor.click("#tile-top_clients a.to-page")
    visitor.until(lambda: visitor.text("h1") == name)
    visitor.wait_drawn()
    visitor.until(lambda: visitor.all(LINES))
    return visitor


def keys(visitor: Visitor) -> list[int]:
    return list(visitor.run(KEYS))


def key_in_sight(visitor: Visitor) -> float:
    """The first event that one sees, asked for once: infinitely new while the list is empty between two contents, or gets
    more, which moves what one sees where few events follow.
    """
    key = visitor.run(IN_SIGHT)
    return float("inf") if key is None else key


def test_a_client_opens_from_a_list_and_back_leads_to_it(client: Visitor) -> None:
    assert client.path.startswith("/clients/")
    assert client.chips() == []
    assert client.tiles() == [tile.name for tile in BY_NAME["client"].tiles]
    client.browser.back()
    client.until(lambda: client.path == "/")
    client.until(lambda: client.one("#tile-top_clients"))
    assert client.query == [("period", "12m")]


def test_more_events_come_by_scrolling(client: Visitor) -> None:
    first = keys(client)
    total = sum(int(one.text.replace(",", "")) for one in client.all(".kind-count"))
    assert 0 < len(first) <= total

    def ended() -> bool:
        client.run(TO_THE_END)
        return client.sees(".event-end")

    client.until(ended)
    found = keys(client)
    assert found[: len(first)] == first
    assert found == sorted(set(found), reverse=True)
    assert len(found) == total


def test_a_kind_is_chosen_and_back_takes_it_away(client: Visitor) -> None:
    before = client.path
    kind = client.all(".kind")[0].text.split("\n")[0]
    client.changing(lambda: client.click(".kind"))
    client.until(lambda: client.run(KINDS) == [kind])
    assert client.query == [("event_kind", kind)]
    assert client.one(".kind[aria-pressed=true]").text.startswith(kind)
    client.changing(client.browser.back)
    assert (client.path, client.query) == (before, [])
    client.until(lambda: not client.one(".kind[aria-pressed=true]"))


def test_a_jump_to_a_month_and_a_link_to_it(client: Visitor) -> None:
    newest = keys(client)[0]
    month = client.run(CHOOSE_MONTH)
    client.until(lambda: ("at", month) in client.query and key_in_sight(client) < newest)
    first = key_in_sight(client)
    client.browser.refresh()
    client.wait_drawn()
    client.until(lambda: key_in_sight(client) == first)
    assert client.run("return document.querySelector('.months').value") == month


def test_from_a_month_newer_events_come_by_scrolling_upwards(client: Visitor) -> None:
    newest = keys(client)[0]
    client.run(CHOOSE_MONTH)
    client.until(lambda: key_in_sight(client) < newest)
    begun = key_in_sight(client)

    def is_newest() -> bool:
        client.run(
            "const list = document.querySelector('.timeline-list'); list.scrollTop = Math.max(0, list.scrollTop - 500)"
        )
        return newest in keys(client)

    client.until(is_newest, "the newest event did not come")
    found = keys(client)
    assert begun in found
    assert found == sorted(set(found), reverse=True)
    days = client.run("return [...document.querySelectorAll('.event-day')].map((day) => day.textContent)")
    assert len(days) == len(set(days))


def test_an_event_opens_what_is_known_of_it(client: Visitor) -> None:
    client.click(LINES)
    client.until(lambda: client.all(".event-detail dd"))
    assert client.one(LINES).get_attribute("aria-expanded") == "true"
    client.click(LINES)
    client.until(lambda: not client.sees(".event-detail"))


@pytest.mark.causes("not_found")
def test_staff_see_nothing_of_a_client_who_is_not_theirs(visitor: Visitor) -> None:
    data, staff = visitor.site.data(), visitor.site.viewer("staff")
    assert staff.role is Role.STAFF
    foreign = next(one for one in (f"C{n:07d}" for n in range(1, 400)) if not exists("customer", one, staff, data))
    visitor.come_as("staff")
    visitor.go(f"/clients/{foreign}")
    words = visitor.text("body")
    assert "Not found" in words
    assert foreign not in words
    visitor.go("/")
    visitor.wait_drawn()
    visitor.run(
        "window.dash_clientside.set_props('url', { pathname: arguments[0], search: '' })", f"/clients/{foreign}"
    )
    visitor.until(lambda: visitor.one(".not-found"))
    assert visitor.tiles() == []
    visitor.browser.back()
    visitor.wait_drawn()
