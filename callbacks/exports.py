"""Downloads under the viewer's rights: a tile's figures and all the rows behind it as CSV, a whole page as XLSX."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask, Response, abort, g, request

from callbacks.drill import plain
from callbacks.page_export import page_workbook
from callbacks.payload import Desk
from callbacks.questions import has_subject, records_behind, subject_of, tile_named
from data_layer.appdb.naming import Gone
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import neutral
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, WarehouseAway
from layouts.figures.tables import heading
from layouts.page import Page
from layouts.registry import BY_NAME
from layouts.words import selection_in_words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(server: Flask, desk: Desk) -> None:
    """Three routes; the guard lets in whoever is logged in, each checks the page's roles itself."""
    server.register_error_handler(Gone, _gone)
    for trouble in (NoData, QueryTooLong, WarehouseAway):
        server.register_error_handler(trouble, _sorry)

    @server.get("/export/<page_name>/<tile_name>.csv")
    def tile_csv(page_name: str, tile_name: str) -> Response:
        page = _page(page_name)
        tile = next((tile for tile in page.tiles if tile.name == tile_name), None)
        if tile is None:
            abort(404)
        selection, data = _asked(desk, page)
        ask = desk.ask(selection.for_tile(tile.name), g.viewer, data)
        _note(desk, page, tile.name, "figures", selection)
        answer = getattr(tile.analysis, "whole", tile.analysis)(ask)  # all of a list, not the page in sight
        about = [["# " + tile.title], ["# " + selection_in_words(ask.selection, answer.window, ask.comparison)]]
        about += [[f"# {METRICS[name].label}: {METRICS[name].formula}"] for name in dict.fromkeys(tile.metrics)]
        columns = list(answer.frame.columns)
        rows = answer.frame.astype(object).where(answer.frame.notna(), None).itertuples(index=False)
        return csv_download(f"{tile.name}.csv", csv_lines([*about, [_heading(c) for c in columns]], rows))

    @server.get("/export/<page_name>/<tile_name>/records.csv")
    def records_csv(page_name: str, tile_name: str) -> Response:
        page = _page(page_name)
        tile = tile_named(page, tile_name)
        if tile is None:
            abort(404)
        selection, data = _asked(desk, page)
        records = records_behind(tile, selection, g.viewer, data)
        _note(desk, page, tile.name, "records", selection)
        return csv_download(f"{tile.name}-records.csv", csv_lines([[f.label for f in records.fields]], records.all()))

    @server.get("/export/<page_name>/page.xlsx")
    def page_xlsx(page_name: str) -> Response:
        page = _page(page_name)
        if not page.tiles:
            abort(404)
        selection, data = _asked(desk, page)
        about = _about(page, selection)
        desk.note(g.viewer.login, "export", {"page": page.name, "kind": "page", **about})
        account = g.get("account")
        name = account.name if account else g.viewer.login
        answer = Response(page_workbook(desk, page, selection, g.viewer, name, data), mimetype=XLSX)
        answer.headers["Content-Disposition"] = f'attachment; filename="{page.name}-{data.as_of.isoformat()}.xlsx"'
        return answer


def _page(name: str) -> Page:
    page = BY_NAME.get(name)
    if page is None:
        abort(404)
    if g.viewer.role not in page.roles:
        abort(403)
    return page


def _asked(desk: Desk, page: Page) -> tuple[Selection, Generation]:
    """What the query string asks for, of the data as it is; 404 where the page's subject is not the viewer's."""
    search = request.query_string.decode("utf-8", "replace")
    selection, data = desk.selection(search, g.viewer, strict=True), desk.data(g.viewer)
    if not has_subject(page, selection, g.viewer, data):
        abort(404)
    return selection, data


def _note(desk: Desk, page: Page, tile: str, kind: str, selection: Selection) -> None:
    about = _about(page, selection)
    desk.note(g.viewer.login, "export", {"page": page.name, "tile": tile, "kind": kind, **about})


def _about(page: Page, selection: Selection) -> dict[str, Any]:
    """The subject of the page, for the audit log."""
    return {page.subject: subject_of(page, selection)} if page.subject else {}


def _heading(column: str) -> str:
    if column.endswith(NAME_SUFFIX):
        return f"{DIMENSIONS[column.removesuffix(NAME_SUFFIX)].label} (name)"
    return (
        heading(column)
        if not column.endswith(N_SUFFIX)
        else f"{heading(column.removesuffix(N_SUFFIX))}, {heading(column)}"
    )


def csv_lines(head: list[list[str]], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV text, piece by piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")  # so that a spreadsheet reads it as UTF-8
    writer.writerows([neutral(value) for value in row] for row in head)
    for number, row in enumerate(rows):
        writer.writerow([neutral(plain(value)) for value in row])
        if number % 500 == 499:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_download(name: str, lines: Iterator[str]) -> Response:
    """The lines as a file of that name."""
    first = next(lines)  # a query that fails does so here, before the answer has begun
    answer = Response(itertools.chain((first,), lines), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _gone(error: Exception) -> Response:
    """A segment in the link that is not there for this viewer: a download without it would hold everybody."""
    return Response(f"{error}\n", 404, mimetype="text/plain")


def _sorry(error: Exception) -> Response:
    """What stands in the way, in the warehouse's own words."""
    return Response(f"{error}\n", 503, mimetype="text/plain")
