"""The clients' page: a cell of a cohort, a band of the flow, and the list that is searched, sorted and turned."""

import pytest

from data_layer.analyses.answer import Ask
from data_layer.analyses.client_list import PAGE_ROWS, ClientList
from data_layer.semantics.formats import exact
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from tests.browser.visitor import Visitor

CLICK_CELL = """
const plot = document.querySelector(`#tile-${arguments[0]} .plot`);
const heat = plot.data.find((trace) => trace.type === 'heatmap');
const keys = heat.customdata.flat().filter((key) => key);
const key = keys[Math.floor(keys.length / 3)];
plot.emit('plotly_click', { points: [{ data: heat, customdata: key }], event: {} });
return key;
"""
# The bands from a channel to a first product, which d3 has given their data.
CLICK_BAND = """
const bands = [...document.querySelectorAll(`#tile-${arguments[0]} .sankey-link`)];
const band = bands.find((one) => one.__data__.link.customdata[0] === arguments[1]);
band.dispatchEvent(new MouseEvent('click', { bubbles: true }));
return band.__data__.link.customdata;
"""
CHANNEL = "return document.querySelector(`#tile-${arguments[0]} .plot`).data[0].node.customdata[0][0]"
CELLS = """return [...document.querySelectorAll(`#tile-clients tbody tr`)].map((row) => row.cells[arguments[0]].textContent)"""


@pytest.fixture
def clients(visitor: Visitor) -> Visitor:
    """A visitor on the page of all clients."""
    visitor.log_in("executive", "/clients?period=12m")
    return visitor


def expected(visitor: Visitor, search: str, metric: str = "total_clients") -> str:
    result = run(Query((metric,)), Selection.parse(search), visitor.site.viewer("executive"), visitor.site.data())
    return exact(result.value(metric), METRICS[metric].unit)


def names(visitor: Visitor, search: str) -> list[str]:
    """The client numbers of the list, past the server and the browser."""
    ask = Ask(Selection.parse(search).for_tile("clients"), visitor.site.viewer("executive"), visitor.site.data())
    return [str(one) for one in ClientList()(ask).frame["client_id"]]


def records_in_title(visitor: Visitor) -> str:
    return visitor.until(lambda: visitor.text("#drill-title")).split(": ")[1].split()[0]


def test_a_cell_of_a_cohort_leads_every_figure_and_opens_its_clients(clients: Visitor) -> None:
    cohort, month = clients.changing(lambda: clients.run(CLICK_CELL, "cohorts"))
    assert set(clients.query) >= {("pick", f"cohorts~cohort~{cohort}"), ("pick", f"cohorts~month~{month}")}
    assert [chip.split(":")[0] for chip in clients.chips()] == ["Cohort", "Month"]
    search = f"period=12m&cohort={cohort}&pick=x~month~{month}"
    assert clients.kpi("kpi_total_clients") == expected(clients, search)
    assert clients.kpi("kpi_active_clients") == expected(clients, search, "active_clients")
    clients.menu("cohorts", "records")
    ask = run(
        Query(("cohort_retention",)), Selection.parse(search), clients.site.viewer("executive"), clients.site.data()
    )
    assert records_in_title(clients) == f"{ask.n('cohort_retention'):,}"


def test_a_band_of_the_flow_sets_both_its_ends_and_opens_its_clients(clients: Visitor) -> None:
    channel = clients.run(CHANNEL, "client_flow")
    clients.run("document.getElementById('tile-client_flow').scrollIntoView()")
    _, product, _ = clients.changing(lambda: clients.run(CLICK_BAND, "client_flow", channel))
    picked = {("pick", f"client_flow~acquisition_channel~{channel}"), ("pick", f"client_flow~first_category~{product}")}
    assert set(clients.query) >= picked
    count = expected(clients, f"period=12m&acquisition_channel={channel}&first_category={product}")
    assert clients.kpi("kpi_total_clients") == count
    bands = clients.run("return document.querySelectorAll('#tile-client_flow .sankey-link').length")
    assert bands > 2, "the flow keeps its other bands"
    clients.menu("client_flow", "records")
    assert records_in_title(clients) == count


def test_the_list_is_searched_sorted_and_turned(clients: Visitor) -> None:
    everyone = names(clients, "period=12m")
    assert clients.run(CELLS, 1) == everyone
    clients.changing(lambda: clients.click("#tile-clients [data-keep='Next page']"))
    assert ("list", "clients~page~2") in clients.query
    second = clients.run(CELLS, 1)
    assert second == names(clients, "period=12m&list=clients~page~2")
    assert len(second) == PAGE_ROWS
    clients.changing(lambda: clients.click("#tile-clients [data-keep=client]"))
    assert ("list", "clients~sort~client") in clients.query
    assert ("list", "clients~page~2") not in clients.query
    assert clients.run(CELLS, 1) == names(clients, "period=12m&list=clients~sort~client")
    wanted = everyone[3]
    clients.changing(lambda: clients.tile("clients").find_element("css selector", ".list-find").send_keys(wanted))
    clients.until(lambda: clients.run(CELLS, 1) == [wanted])
    assert ("list", f"clients~find~{wanted}") in clients.query
    clients.browser.refresh()
    clients.wait_drawn()
    assert clients.run(CELLS, 1) == [wanted]
    clients.click("#tile-clients tbody a.to-page")
    clients.until(lambda: clients.path == f"/clients/{wanted}")
