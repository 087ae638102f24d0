"""Saved segments and views: kept from one page, used on another, taken away again."""

from collections.abc import Iterator

import pytest

from data_layer.segments import HIGH_INTENT
from layouts import ids
from layouts.registry import BY_NAME
from layouts.tile import View
from tests.browser.test_filters import CLIENTS, EXECUTIVE, chart_by, expected
from tests.browser.test_look import violations
from tests.browser.visitor import Visitor

OTHER = BY_NAME["clients"]
TOTAL = next(t for t in OTHER.tiles if t.view is View.KPI and t.metrics[0] == "total_clients")
COUNTED = "return [...document.querySelectorAll('.saved-figure')].every((one) => /client/.test(one.textContent))"

FITS = """const box = document.querySelector('dialog'), place = box.getBoundingClientRect();
    return box.scrollWidth <= box.clientWidth && place.left >= 0 && place.right <= window.innerWidth"""


@pytest.fixture
def executive(visitor: Visitor) -> Iterator[Visitor]:
    visitor.log_in("executive")
    yield visitor
    for kind in ("segments", "views"):
        visitor.run(
            """return Promise.all(arguments[1].map((id) => fetch(`/${arguments[0]}/${id}`, { method: 'DELETE' })))""",
            kind, own(visitor, kind),
        )  # fmt: skip


def own(visitor: Visitor, kind: str) -> list[str]:
    """The numbers of what this visitor has saved."""
    return list(visitor.run(
        """const answer = await fetch('/' + arguments[0]); const known = await answer.json();
        return known[arguments[0]].filter((one) => one.mine).map((one) => one.id)""", kind,
    ))  # fmt: skip


def count_of(visitor: Visitor) -> str:
    """The clients that the dialog counts, once it has."""
    return str(visitor.until(lambda: "client" in visitor.text(".rule-count") and visitor.text(".rule-count")))


def row(visitor: Visitor, name: str) -> str:
    """The list's row of that name, as a selector."""
    number = visitor.until(lambda: visitor.run(
        """const rows = [...document.querySelectorAll('.saved-row')];
        const found = rows.find((one) => one.querySelector('.saved-name').textContent === arguments[0]);
        return found && found.dataset.id""", name,
    ), f"{name} is not listed")  # fmt: skip
    return f".saved-row[data-id='{number}']"


def press(visitor: Visitor, selector: str) -> None:
    """Click what is there in one step: chips and rows are drawn anew whenever an answer comes."""
    found = """const one = document.querySelector(arguments[0]);
        if (!one || one.disabled) return false;
        one.click();
        return true"""
    visitor.until(lambda: visitor.run(found, selector), f"there is no {selector}")


def tool(visitor: Visitor, name: str, words: str) -> None:
    press(visitor, f"{row(visitor, name)} .saved-tools [aria-label^='{words}']")


def test_a_filtered_set_becomes_a_filter_on_another_page_until_it_is_deleted(executive: Visitor) -> None:
    executive.changing(lambda: executive.choose(ids.filter_of(EXECUTIVE.name, "segment"), "Retail"))
    executive.click_mark(chart_by(EXECUTIVE, "country").name, 0)
    shown = executive.kpi(CLIENTS.name)
    press(executive, ".save-segment")
    assert count_of(executive) == f"{shown} clients now"
    assert executive.text(".rule").startswith("Segment: Retail\nCountry: ")
    executive.one(".segment-form > .field input").send_keys("Retail at home")
    press(executive, ".segment-form .is-main")
    executive.until(lambda: not executive.sees("dialog"), "it was not saved")

    executive.go(OTHER.path)
    executive.wait_drawn()
    everybody = executive.kpi(TOTAL.name)
    press(executive, "[data-saved=segments]")
    executive.until(lambda: executive.run(COUNTED), "nothing was counted")
    assert executive.text(f"{row(executive, 'Retail at home')} .saved-figure") == f"{shown} clients"
    executive.changing(lambda: tool(executive, "Retail at home", "Filter"))
    number = own(executive, "segments")[0]
    assert executive.query == [("saved", number)]
    assert executive.chips() == ["Saved segment: Retail at home"]
    assert executive.kpi(TOTAL.name) == shown != everybody
    executive.browser.refresh()
    executive.wait_drawn()
    assert executive.kpi(TOTAL.name) == shown

    press(executive, "[data-saved=segments]")
    tool(executive, "Retail at home", "Delete")
    executive.changing(lambda: press(executive, ".saved-edit .is-main"))
    executive.until(lambda: executive.query == [], "the link still names it")
    executive.until(lambda: executive.kpi(TOTAL.name) == everybody, "it still holds")
    executive.go(f"{OTHER.path}?saved={number}")
    executive.wait_drawn()
    assert "There is no saved segment" in executive.text("#notices")
    assert executive.kpi(TOTAL.name) == everybody
    executive.changing(lambda: press(executive, "#reset"))
    assert (executive.query, executive.sees("#notices")) == ([], False)


def test_the_filter_bar_offers_what_was_just_saved(executive: Visitor) -> None:
    executive.go("/?segment=Retail")
    executive.wait_drawn()
    press(executive, ".save-segment")
    count_of(executive)
    press(executive, ".segment-form > .link")
    executive.run("""const node = document.querySelector('.limit input');
        node.value = '1'; node.dispatchEvent(new Event('input', { bubbles: true }))""")
    executive.until(lambda: "Replies to campaigns: more than 1" in executive.text(".rule"))
    executive.one(".segment-form > .field input").send_keys("Replied twice")
    count_of(executive)
    press(executive, ".segment-form .is-main")
    executive.until(lambda: not executive.sees("dialog"), "it was not saved")
    executive.changing(lambda: press(executive, "#chips .chip"))
    press(executive, ".more-filters > summary")
    executive.changing(lambda: executive.choose(ids.filter_of(EXECUTIVE.name, "saved"), "Replied twice"))
    executive.changing(lambda: executive.choose(ids.filter_of(EXECUTIVE.name, "saved"), "High intent"))
    assert sorted(executive.query) == sorted([("saved", own(executive, "segments")[0]), ("saved", HIGH_INTENT)])
    assert executive.kpi(CLIENTS.name) != expected(executive, "executive", "")


def test_a_view_brings_back_page_and_filters(executive: Visitor) -> None:
    executive.go("/?segment=Retail&period=90d")
    executive.wait_drawn()
    shown, link = executive.kpi(CLIENTS.name), executive.query
    press(executive, "[data-saved=views]")
    executive.until(lambda: executive.sees(".view-form"))
    executive.one(".view-form input").send_keys("Monday")
    press(executive, ".view-form .is-main")
    row(executive, "Monday")
    executive.go(OTHER.path)
    executive.wait_drawn()
    press(executive, "[data-saved=views]")
    executive.changing(lambda: press(executive, f"{row(executive, 'Monday')} a.saved-name"))
    executive.until(lambda: executive.path == EXECUTIVE.path, "the page was not opened")
    executive.wait_drawn()
    assert (sorted(executive.query), executive.kpi(CLIENTS.name)) == (sorted(link), shown)
    press(executive, "[data-saved=views]")
    tool(executive, "Monday", "Rename")
    executive.one(".saved-edit input").clear()
    executive.one(".saved-edit input").send_keys("Tuesday")
    press(executive, ".saved-edit .is-main")
    tool(executive, "Tuesday", "Delete")
    press(executive, ".saved-edit .is-main")
    executive.until(lambda: executive.sees("#views") and not executive.sees(".saved-row"), "it is still there")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_dialogs(visitor: Visitor, theme: str) -> None:
    visitor.go("/login")
    visitor.run("document.cookie = 'clientscope-theme=' + arguments[0] + '; path=/'", theme)
    visitor.log_in("executive", "/?pick=elsewhere~segment~Retail")  # a filter would bring a link of Dash's own into it
    for opener, shown in (
        (".save-segment", ".rule li"),
        ("[data-saved=segments]", ".saved-row"),
        ("[data-saved=views]", ".view-form"),
    ):
        press(visitor, opener)
        visitor.until(lambda one=shown: visitor.sees(f"dialog {one}"), f"{opener} opened nothing")
        assert violations(visitor, "dialog[open]") == [], opener
    visitor.resize(360, 740)
    assert visitor.run(FITS)
