"""Labels are measured by their letters: they must come out as large as the browser says."""

import pytest

from layouts.registry import BY_NAME
from tests.browser.visitor import Visitor

# Before the first label is measured: beside each box, the one of the browser.
WATCH = """
window.boxes = [];
const wait = () => {
  if (!window.clientscope || !window.clientscope.measure) return setTimeout(wait, 1);
  const measure = window.clientscope.measure, plain = Element.prototype;
  window.clientscope.measure = () => {
    measure();
    const place = document.getElementById('js-plotly-tester');
    if (!place || place.isWatched) return;
    place.isWatched = true;
    const add = place.appendChild, origin = place.querySelector('.js-reference-point');
    place.appendChild = (node) => {
      add(node);
      const ours = Object.hasOwn(node, 'getBoundingClientRect') && node.getBoundingClientRect;
      if (ours) node.getBoundingClientRect = () => {
        const box = ours(), real = plain.getBoundingClientRect.call(node), zero = plain.getBoundingClientRect.call(origin);
        if (!(box instanceof DOMRect))
          window.boxes.push([node.textContent, box.width - real.width, box.height - real.height,
            box.left + box.width / 2 - (real.left + real.width / 2 - zero.left), box.top - (real.top - zero.top)]);
        return box;
      };
      return node;
    };
  };
};
wait();
"""


@pytest.mark.parametrize("name", ["executive", "clients", "staff"])
def test_a_label_is_as_large_as_the_browser_says(visitor: Visitor, name: str) -> None:
    visitor.come_as("admin")
    with visitor.before_pages(WATCH):
        visitor.go(BY_NAME[name].path + "?period=12m")
        visitor.wait_drawn()
        for search in ("?period=90d", "?period=all"):
            visitor.changing(
                lambda search=search: visitor.run("window.clientscope.visit({ search: arguments[0] })", search)
            )
    boxes = visitor.run("return window.boxes")
    assert len(boxes) > 20
    for text, width, height, middle, top in boxes:
        assert abs(width) < 4, text  # letters that stand closer together than alone
        assert abs(middle) < 3, text
        assert abs(height) < 0.5, text
        assert abs(top) < 0.5, text
