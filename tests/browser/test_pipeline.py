"""The pipeline: all who are in a stage, as records; the way to one of them and back is in ``test_walk``."""

from urllib.parse import urlsplit

from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from tests.browser.visitor import Visitor

FILTERED = "/pipeline?period=12m&segment=Retail"


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
