"""While a page is open: sessions end, data are published, the server falls silent."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from layouts.registry import BY_NAME
from layouts.tile import View
from tests.browser.visitor import Visitor

EXECUTIVE = BY_NAME["executive"]
CLIENTS = next(t for t in EXECUTIVE.tiles if t.view is View.KPI and t.metrics[0] == "total_clients")
CHART = next(t for t in EXECUTIVE.tiles if t.emits == ("segment",))


def ends_by_cookie(visitor: Visitor) -> None:
    visitor.browser.delete_all_cookies()


def ends_by_an_administrator(visitor: Visitor) -> None:
    visitor.site.run("user", "disable", "executive")


@pytest.fixture
def enabled_again(visitor: Visitor) -> Iterator[None]:
    yield
    visitor.site.run("user", "enable", "executive")


@pytest.mark.causes("session_ends")
@pytest.mark.parametrize("end", [ends_by_cookie, ends_by_an_administrator])
@pytest.mark.usefixtures("enabled_again")
def test_an_ended_session_leads_to_the_log_in_and_back_to_the_same_state(visitor: Visitor, end: object) -> None:
    visitor.log_in("executive", "/?period=90d")
    end(visitor)
    visitor.run(
        "(document.querySelector(arguments[0]) || document.body).click()", "#tile-" + CHART.name + " [data-act=info]"
    )
    visitor.until(lambda: visitor.path == "/login", "nobody noticed that the session ended")
    assert visitor.query == [("next", "/?period=90d")]
    visitor.fill_login("admin", visitor.site.password)
    visitor.wait_drawn()
    assert visitor.query == [("period", "90d")]
    assert visitor.text("h1") == EXECUTIVE.title


def test_published_data_are_drawn_on_an_open_page(visitor: Visitor, tmp_path: Path) -> None:
    visitor.log_in("executive", "/?segment=Retail")
    visitor.run("window.sameDocument = true")
    before, stamp = visitor.kpi(CLIENTS.name), visitor.site.data().id
    shutil.copytree(visitor.site.home / "demo", tmp_path / "news")
    file = tmp_path / "news" / "customers.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    retail = next(line for line in lines if '"Retail"' in line)
    new = [retail.replace(retail.split(",")[0], f'"X{number:07d}"') for number in range(10)]
    file.write_text("\n".join([*lines, *new]) + "\n", encoding="utf-8")
    visitor.site.run("import", str(tmp_path / "news"))
    visitor.until(lambda: visitor.kpi(CLIENTS.name) != before, "the page kept the old figures")
    assert number_of(visitor.kpi(CLIENTS.name)) == number_of(before) + 10
    assert not visitor.one("#demo:not([hidden])")
    assert visitor.run("return window.sameDocument")
    assert visitor.chips() == ["Segment: Retail"]
    assert visitor.site.data().id != stamp
    visitor.site.run("rollback")
    visitor.until(lambda: visitor.kpi(CLIENTS.name) == before, "the page kept the newer figures")
    assert visitor.site.data().id == stamp


# The first answer of one lane says that it is of other data than the rest, as when some are published between two answers.
MIXED = """
const real = window.fetch;
let isFirst = true;
window.asked = 0;
window.fetch = async (address, options) => {
  const body = String((options || {}).body || '');
  const answer = await real(address, options);
  if (!body.startsWith('{"output":"payload-executive') || body.includes('"tiles":["')) return answer;
  window.asked += 1;
  if (!isFirst || !body.startsWith('{"output":"payload-executive-1')) return answer;
  isFirst = false;
  const text = (await answer.text()).replace(/"of":\\s*"[^"]*"/, '"of":"old"');
  return new Response(text, { status: answer.status, headers: { 'Content-Type': 'application/json' } });
};
"""


def test_a_page_of_two_states_of_the_data_is_asked_for_anew_once(visitor: Visitor) -> None:
    visitor.come_as("executive")
    lanes = len(EXECUTIVE.lanes)
    with visitor.before_pages(MIXED):
        visitor.go("/")
        visitor.wait_drawn()
    visitor.until(lambda: visitor.run("return window.asked") == 2 * lanes, "what is there stayed")
    time.sleep(4)  # two more looks
    assert visitor.run("return window.asked") == 2 * lanes


def number_of(text: str) -> int:
    return int(text.split()[0].replace(",", ""))


@pytest.mark.causes("goes_offline")
def test_a_server_that_falls_silent_is_noticed_and_its_return_too(visitor: Visitor) -> None:
    visitor.log_in("executive")
    shown = visitor.kpi(CLIENTS.name)
    visitor.site.freeze()
    try:
        visitor.until(lambda: visitor.one("#offline:not([hidden])"), "nobody said that there is no connection")
        assert "No connection" in visitor.text("#offline")
        assert visitor.kpi(CLIENTS.name) == shown
    finally:
        visitor.site.thaw()
    visitor.until(lambda: visitor.one("#offline[hidden]"), "the notice stayed")
    visitor.changing(lambda: visitor.click_mark(CHART.name, 0))
    assert len(visitor.chips()) == 1
