"""Figures are asked for before Dash gets to them: once, with its own question, and not a second time by Dash."""

import time
from collections import Counter

from layouts.registry import BY_NAME
from tests.browser.visitor import Visitor

# What is asked of the server, each with whether the page's frame was there already.  Asking again for what an answer left
# out, as slow machines make it, is another question.
WATCH = """
const real = window.fetch;
window.asked = [];
window.fetch = (address, options) => {
  const body = String((options || {}).body || '');
  const [, output] = /^{"output":"(payload-[^"]+)"/.exec(body) || [null, String(address)];
  if (body.includes('"changedPropIds":["again.data"]')) return real(address, options);
  window.asked.push([output, !!document.querySelector('.grid-page')]);
  return real(address, options);
};
"""


def asked(visitor: Visitor) -> Counter[str]:
    """How often tiles were asked of the server, by lane, since this was looked at the last time."""
    names = [name for name, _ in visitor.run("return window.asked.splice(0)")]
    return Counter(name for name in names if name.startswith("payload-"))


def lanes(name: str) -> list[str]:
    page = BY_NAME[name]
    return [f"payload-{name}{f'-{lane}' if lane else ''}.data" for lane in range(len(page.lanes))]


def once(name: str) -> dict[str, int]:
    """Each lane of a page, asked once."""
    return dict.fromkeys(lanes(name), 1)


def test_a_page_its_filters_and_the_way_to_another_ask_once(visitor: Visitor) -> None:
    visitor.come_as("executive")
    with visitor.before_pages(WATCH):
        visitor.go("/clients?segment=Retail")
        visitor.wait_drawn()
    frame = ["/_dash-layout", "/_dash-dependencies"]
    early = [name for name, is_late in visitor.run("return window.asked") if not is_late]
    assert sorted(early) == sorted([*frame, *lanes("clients")])
    assert asked(visitor) == once("clients")
    visitor.changing(lambda: visitor.run("window.clientscope.state.filter('segment', 'Affluent')"))
    assert asked(visitor) == once("clients")
    visitor.run("document.querySelector('.side a[href=\"/campaigns\"]').click()")
    visitor.until(lambda: visitor.run("return document.querySelector('.grid-page').dataset.page") == "campaigns")
    visitor.wait_drawn()
    assert asked(visitor) == once("campaigns")


def test_the_page_of_one_client_too_by_a_link_and_by_its_address(visitor: Visitor) -> None:
    visitor.come_as("executive")
    with visitor.before_pages(WATCH):
        visitor.go("/?period=12m")
        visitor.wait_drawn()
        asked(visitor)
        visitor.click("#tile-top_clients a.to-page")
        visitor.until(lambda: visitor.path.startswith("/clients/"))
        visitor.wait_drawn()
        assert asked(visitor) == once("client")
        visitor.go(visitor.path)
        visitor.wait_drawn()
    assert asked(visitor) == once("client")


def test_back_before_dash_was_told_shows_what_was_there(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?period=12m")
    name = BY_NAME["executive"].tiles[0].name
    before = visitor.payload(name)
    visitor.changing(lambda: visitor.run("window.clientscope.state.filter('segment', 'Retail'); window.history.back()"))
    visitor.until(lambda: visitor.query == [("period", "12m")])
    visitor.until(lambda: visitor.payload(name) == before and visitor.chips() == [])
    visitor.changing(lambda: visitor.run("window.clientscope.state.filter('segment', 'Retail')"))
    assert visitor.query == [("period", "12m"), ("segment", "Retail")]
    assert len(visitor.chips()) == 1
    assert visitor.payload(name) != before


def test_two_clicks_in_a_row_show_the_second(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?period=12m")
    visitor.changing(
        lambda: visitor.run(
            "const { state } = window.clientscope; state.filter('segment', 'Retail'); state.filter('segment', 'Affluent');"
        )
    )
    visitor.until(lambda: len(visitor.chips()) == 2)
    visitor.until(lambda: visitor.run("return document.body.dataset.pending") == "0")
    visitor.wait_drawn()
    both = visitor.payload(BY_NAME["executive"].tiles[0].name)
    visitor.browser.refresh()
    visitor.wait_drawn()
    assert visitor.payload(BY_NAME["executive"].tiles[0].name) == both
    visitor.browser.back()
    visitor.until(lambda: visitor.query == [("period", "12m"), ("segment", "Retail")])
    visitor.until(lambda: len(visitor.chips()) == 1)


def test_a_filter_and_at_once_another_page_leave_no_filter_there(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?period=12m")
    go_on = "document.querySelector('.side a[href=\"/campaigns\"]').click()"
    visitor.run("window.clientscope.state.filter('segment', 'Retail'); " + go_on)
    visitor.until(lambda: visitor.run("return document.querySelector('.grid-page').dataset.page") == "campaigns")
    visitor.wait_drawn()
    time.sleep(1)  # by then Dash would have been told of the filter
    assert (visitor.path, visitor.query, visitor.chips()) == ("/campaigns", [], [])
