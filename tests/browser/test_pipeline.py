"""A sales manager's way: from the funnel to a stage, to who is in it, to the client, and back."""

from urllib.parse import urlsplit

from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from layouts.registry import BY_NAME
from tests.browser.visitor import Visitor

PAGE = BY_NAME["pipeline"]
FILTERED = "/pipeline?period=12m&segment=Retail"
CLIENTS = "#tile-waiting tbody a.to-page"


def clients(visitor: Visitor) -> list[str]:
    """Where the names of who waits lead, top to bottom."""
    script = "return [...document.querySelectorAll(arguments[0])].map((a) => a.getAttribute('href'))"
    return list(visitor.run(script, CLIENTS))


def test_from_a_stage_to_who_is_in_it_to_the_client_and_back(visitor: Visitor) -> None:
    visitor.log_in("executive", FILTERED)
    everyone = clients(visitor)
    stages = [row[0] for row in visitor.payload("stage_funnel")["table"]["rows"]]
    assert visitor.click_mark("stage_funnel", stages.index("Qualified")) == ["Qualified"]
    here = visitor.query
    assert here == [("period", "12m"), ("segment", "Retail"), ("pick", "stage_funnel~stage~Qualified")]
    waiting = clients(visitor)
    assert waiting
    assert waiting != everyone
    assert {row[2] for row in visitor.payload("waiting")["content"]["rows"]} == {"Qualified"}
    assert len(visitor.payload("stage_funnel")["table"]["rows"]) == len(stages)

    visitor.click(CLIENTS)
    visitor.until(lambda: visitor.path == waiting[0], "the client's page did not come")
    visitor.until(lambda: visitor.run("return document.querySelector('.grid-page').dataset.page") == "client")
    visitor.wait_drawn()
    visitor.browser.back()
    visitor.until(lambda: visitor.path == "/pipeline", "the pipeline did not come back")
    visitor.until(lambda: visitor.run("return document.querySelector('.grid-page').dataset.page") == "pipeline")
    visitor.wait_drawn()
    assert visitor.query == here
    assert visitor.until(lambda: clients(visitor) == waiting)
    visitor.until(lambda: [chip for chip in visitor.chips() if chip.endswith("Qualified")])


def test_all_who_are_in_a_stage_are_a_page_of_records_with_their_waiting_days(visitor: Visitor) -> None:
    visitor.log_in("executive", f"{FILTERED}&pick=stage_funnel~stage~Qualified")
    visitor.menu("waiting", "records")
    title = visitor.until(lambda: visitor.text("#drill-title"))
    selection = Selection.parse(urlsplit(visitor.browser.current_url).query)
    site = visitor.site
    expected = records_of("open_opportunities", selection, site.viewer("executive"), site.data()).count()
    assert title.split(": ")[1].split()[0] == f"{expected:,}"
    days = "return [...document.querySelectorAll('#drill-grid .ag-row [col-id=waiting]')].map((c) => c.textContent)"
    assert visitor.until(lambda: [text for text in visitor.run(days) if text])
    link = visitor.until(lambda: visitor.one("#drill-grid .ag-row [col-id=client] a"))
    assert urlsplit(link.get_attribute("href")).path.startswith("/clients/")
    assert ("pick", "stage_funnel~stage~Qualified") in visitor.query
