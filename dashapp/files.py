"""The files that every page loads: the site's scripts as one, its styles as one, and Plotly.

Dash would name each file of ``assets/`` by itself; a browser asks for six at a time, and a cold one waits for all of them.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path

import plotly
from flask import Flask, Response, request

ASSETS = Path(__file__).parent.parent / "assets"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
# Asked for by name: the log-in page's styles, and what has to run before anything else.
APART = frozenset({"login.css", "ahead.js"})
# Tells the browser that all of it will be needed (an explicit compile hint, as Chromium calls it): it is then read while it
# arrives, beside everything else, and not function by function when the first chart is drawn.
READ_ALL = b"//# allFunctionsCalledOnLoad\n"
CHUNK = 1 << 20


@dataclass(frozen=True)
class Sent:
    """A file as it is sent.  ``mark``: changes with its content.  ``content``: its bytes, piece by piece."""

    name: str
    kind: str
    mark: str
    content: Callable[[], Iterator[bytes]]

    @property
    def address(self) -> str:
        """Where browsers find it; they may keep it for as long as the address is the same."""
        return f"/assets/{self.name}?m={self.mark}"


def of_every_page() -> dict[str, Sent]:
    """The files by name: ``site.css``, ``site.js``, ``plotly.js``."""
    plotly_mark = f"{plotly.__version__}-{int(PLOTLY.stat().st_mtime)}"
    sent = (
        _joined("site.css", "text/css"),
        _joined("site.js", "text/javascript"),
        Sent("plotly.js", "text/javascript", plotly_mark, lambda: chain((READ_ALL,), _pieces(PLOTLY))),
    )
    return {file.name: file for file in sent}


def asset_address(name: str) -> str:
    """The address of a file of ``assets/`` with the time of its last change, so that browsers may keep it."""
    return f"/assets/{name}?m={os.stat(ASSETS / name).st_mtime}"


def install(server: Flask, files: dict[str, Sent]) -> None:
    """Answer for each of the files; their addresses are more exact than that of ``assets/`` and so come first."""
    for file in files.values():
        server.add_url_rule(f"/assets/{file.name}", file.name, _answering(file))


def _answering(file: Sent) -> Callable[[], Response]:
    def answer() -> Response:
        response = Response(file.content(), mimetype=file.kind)
        response.set_etag(file.mark)
        return response.make_conditional(request)

    return answer


def _joined(name: str, kind: str) -> Sent:
    """All files of a kind in ``assets/``, in the order of their names."""
    paths = (path for path in sorted(ASSETS.glob(f"*{Path(name).suffix}")) if path.name not in APART)
    body = b"\n".join(b"/* %s */\n%s" % (path.name.encode(), path.read_bytes()) for path in paths)
    return Sent(name, kind, sha256(body).hexdigest()[:16], lambda: iter((body,)))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
