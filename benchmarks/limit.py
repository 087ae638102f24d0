"""The limit page: the same tiles with their figures already in them, as one static file drawn by plain Plotly.js.

No site can be faster than this: it is told nothing, asks nothing and computes nothing.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli
import plotly
from selenium import webdriver

ASSETS = Path(__file__).parent.parent / "assets"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
KINDS = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".woff2": "font/woff2"}

# What is in the cards of the open page: their place and markup, and the figures that Plotly holds.
CAPTURE = """
const plain = (value) => JSON.parse(JSON.stringify(value, (key, v) => ArrayBuffer.isView(v) ? [...v] : v));
return [...document.querySelectorAll(".tile[data-tile]")].map((card) => {
  const box = card.getBoundingClientRect(), plot = card.querySelector(".plot"), copy = card.cloneNode(true);
  copy.querySelectorAll(".plot").forEach((node) => node.replaceChildren());
  return {
    left: box.left + scrollX, top: box.top + scrollY, width: box.width, height: box.height, html: copy.innerHTML,
    classes: card.className, figure: plot && plot.data ? plain({ data: plot.data, layout: plot.layout }) : null,
  };
});
"""
SCRIPT = """
const config = { displayModeBar: false, responsive: false, topojsonURL: "/assets/topojson/" };
const cards = [...document.querySelectorAll(".tile")];
const draw = (states) => Promise.all(states.map((state, i) => {
  const plot = cards[i].querySelector(".plot");
  if (state.figure && plot) return Plotly.react(plot, state.figure.data, state.figure.layout, config);
  cards[i].innerHTML = state.html;
  const empty = cards[i].querySelector(".plot");
  return state.figure && empty ? Plotly.react(empty, state.figure.data, state.figure.layout, config) : null;
}));
const painted = (then) => requestAnimationFrame(() => setTimeout(then, 0));
const copy = (states) => structuredClone(states);
window.redraw = (which, done) => setTimeout(() => {
  const given = copy(states[which]), start = performance.now();
  draw(given).then(() => painted(() => done(performance.now() - start)));
}, 500);
draw(copy(states[0])).then(() => painted(() => (window.drawnAt = performance.now())));
"""


def capture(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    """The tiles of the page that the browser shows."""
    found: list[dict[str, Any]] = driver.execute_script(CAPTURE)
    return found


def page(states: list[list[dict[str, Any]]]) -> str:
    """The limit page's HTML: it shows the first state and can redraw itself with any of them."""
    styles = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.css")))
    cards = "".join(
        f'<section class="{card["classes"]}" style="position:absolute;box-sizing:border-box;left:{card["left"]}px;'
        f'top:{card["top"]}px;width:{card["width"]}px;height:{card["height"]}px">{card["html"]}</section>'
        for card in states[0]
    )
    held = json.dumps(states).replace("</", "<\\/")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Limit</title><style>{styles}</style>'
        f'<link rel="preload" as="script" href="/plotly.min.js"></head><body>{cards}'
        f'<script src="/plotly.min.js"></script><script>const states = {held};{SCRIPT}</script></body></html>'
    )


@contextmanager
def serving(html: str) -> Iterator[str]:
    """Serve the page compressed from loopback; its scripts may be kept by the browser.  Gives the address."""
    files = {"/": ("text/html; charset=utf-8", html.encode()), "/plotly.min.js": (KINDS[".js"], PLOTLY.read_bytes())}
    for path in [*ASSETS.rglob("*.json"), *ASSETS.rglob("*.woff2")]:
        files[f"/assets/{path.relative_to(ASSETS).as_posix()}"] = (KINDS[path.suffix], path.read_bytes())
    packed = {name: (kind, brotli.compress(body, quality=5)) for name, (kind, body) in files.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(packed))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(packed: dict[str, tuple[str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = packed.get(self.path.partition("?")[0], ("text/plain", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if body:
                self.send_header("Content-Encoding", "br")
            self.send_header("Cache-Control", "no-cache" if self.path == "/" else "max-age=3600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    return Handler
