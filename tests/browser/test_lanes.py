"""A long page is asked for in two halves: what happens when one of them is not answered."""

import pytest

from layouts.registry import BY_NAME
from tests.browser.visitor import Visitor

PAGE = BY_NAME["clients"]
# The first request for the lower half under the filter fails; what is asked for it is counted.
BREAK = """
const real = window.fetch;
window.asked = [];
window.fetch = (address, options) => {
  const body = String((options || {}).body || '');
  const lane = ['payload-clients.data', 'payload-clients-1.data'].findIndex((id) => body.startsWith(`{"output":"${id}"`));
  if (lane >= 0 && body.includes('segment=Retail')) window.asked.push(lane);
  if (lane === 1 && window.asked.filter((one) => one === 1).length === 1)
    return 'WAY' === 'away' ? Promise.reject(new TypeError('Failed to fetch'))
      : Promise.resolve(new Response('no', { status: 502 }));
  return real(address, options);
};
"""


@pytest.mark.causes("request_fails")
@pytest.mark.parametrize("way", ["away", "broken"])
def test_a_half_that_failed_is_asked_again_and_the_other_stays(visitor: Visitor, way: str) -> None:
    assert len(PAGE.lanes) == 2
    upper, lower = PAGE.lanes[0][0].name, PAGE.lanes[1][-1].name
    with visitor.before_pages(BREAK.replace("WAY", way)):
        visitor.log_in("executive", "/clients?period=12m")
    before = visitor.payload(lower)
    visitor.run("window.dash_clientside.set_props('url', { search: '?period=12m&segment=Retail' })")
    visitor.until(lambda: visitor.run("return window.asked.includes(1)"))
    visitor.until(lambda: visitor.payload(lower) != before, "the half that failed was not asked again")
    visitor.wait_drawn()
    assert visitor.payload(upper)["state"] == "ok"
    assert visitor.run("return window.asked.filter((lane) => lane === 1).length") == 2
    assert visitor.run("return document.body.dataset.pending") == "0"
