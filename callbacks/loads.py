"""The page *Data*: the load history, one load, its rejects as a file, and the way back to an earlier state of the data."""

import itertools
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import dash
from dash import ClientsideFunction, Input, Output
from dash.development.base_component import Component
from flask import Flask, Response, abort, g

from callbacks.exports import csv_download, csv_lines
from callbacks.payload import Desk
from callbacks.saved import answered, body, text_in
from data_layer import freshness, identities
from data_layer.access import Viewer
from data_layer.appdb.naming import SavedError
from data_layer.ingest import rejects
from data_layer.ingest.errors import ImportFailed
from data_layer.ingest.options import LoadReport, LoadStatus
from data_layer.ingest.status import Match
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, WarehouseAway
from data_layer.warehouse.generations import GenerationFile, NoGeneration
from data_layer.warehouse.publish import PublishFailed
from layouts import ids, one_load
from layouts.loads import PAGE_LOADS, Kept, Overview, overview
from layouts.pages.loads import PAGE

FIRST_REJECTS, FIRST_MATCHES = 50, 50
LONGEST_RAW = 200


def register(app: dash.Dash, desk: Desk) -> None:
    """One callback: the address decides what the page shows; and two routes beside it."""

    @app.callback(Output(ids.body(PAGE.name), "children"), Input(ids.here(PAGE.name), "data"), Input(ids.AGAIN, "data"))
    def show(search: str | None, _again: object) -> Component:
        return page_body(desk, search or "")

    app.clientside_callback(
        ClientsideFunction("clientscope", "loads"),
        Output(ids.body(PAGE.name), "title"),
        Input(ids.body(PAGE.name), "children"),
    )
    register_routes(app.server, desk)


def register_routes(server: Flask, desk: Desk) -> None:
    """The routes; the guard lets in the roles of the page."""
    server.post(f"{PAGE.path}/rollback", endpoint="roll_back")(answered(lambda: rolled_back(desk, g.viewer)))

    @server.get(f"{PAGE.path}/<load_id>/rejects.csv")
    def rejects_csv(load_id: str) -> Response:
        file = desk.loads.rejects(load_id)
        if file is None:
            abort(404)
        desk.note(g.viewer.login, "export", {"page": PAGE.name, "load": load_id, "kind": "rejects"})
        return csv_download(f"rejects-{load_id}.csv", csv_lines([list(rejects.COLUMNS)], rejects.rows(file)))


def page_body(desk: Desk, search: str) -> Component:
    """What the link asks for: one load, or the list."""
    asked = parse_qs(search.removeprefix("?"))
    load_id = asked.get("load", [None])[0]
    if load_id is not None:
        report = desk.loads.get(load_id)
        return one_load.nothing() if report is None else one_load.detail(_opened(desk, report))
    return overview(_overview(desk, asked.get("page", ["1"])[0]))


def _overview(desk: Desk, page: str) -> Overview:
    found = desk.loads.ids()
    pages = max((len(found) + PAGE_LOADS - 1) // PAGE_LOADS, 1)
    number = min(max(int(page), 1), pages) if page.isascii() and page.isdigit() and len(page) < 9 else 1
    latest = desk.loads.latest()
    runs = latest if latest and latest.status == LoadStatus.RUNNING else None
    data, trouble = _data(desk)
    return Overview(
        zone=desk.zone,
        loads=desk.loads.reports(found[(number - 1) * PAGE_LOADS : number * PAGE_LOADS]),
        number=number,
        count=len(found),
        running=runs,
        far=desk.loads.far(runs) if runs else None,
        kept=[_kept(desk, one) for one in desk.loads.generations()],
        ages=_ages(desk, data) if data else (),
        trouble=trouble,
    )


def _data(desk: Desk) -> tuple[Generation | None, str | None]:
    """The data as they are, or why there are none."""
    try:
        return desk.warehouse.current(), None
    except (NoData, WarehouseAway) as error:
        return None, str(error)


def _ages(desk: Desk, data: Generation) -> list[freshness.SourceAge]:
    today = datetime.now(ZoneInfo(data.time_zone)).date()
    return freshness.ages(data.sources.values(), today, desk.fresh_days, desk.fresh_sources)


def _kept(desk: Desk, one: GenerationFile) -> Kept:
    report = desk.loads.get(one.generation_id)
    as_of = date.fromisoformat(report.as_of) if report and report.as_of else None
    loaded = datetime.fromisoformat(report.started_at) if report else None
    return Kept(one.generation_id, one.is_current, as_of, loaded)


def _opened(desk: Desk, report: LoadReport) -> one_load.Opened:
    file = desk.loads.rejects(report.load_id)
    rows = list(itertools.islice(rejects.rows(file), FIRST_REJECTS)) if file else []
    shown = [[cell[:LONGEST_RAW] for cell in row] for row in rows]
    rejected = one_load.Rejected(shown, file is not None)
    place, matches = _place(desk, report)
    return one_load.Opened(report, desk.zone, place, desk.loads.far(report), rejected, matches)


def _place(desk: Desk, report: LoadReport) -> tuple[str, list[Match] | None]:
    """What became of a load's data, and the identities in them where they are the ones that are shown."""
    if report.generation_id is None:
        return "None were published.", None
    as_of = f", as of {report.as_of}" if report.as_of else ""
    data, _ = _data(desk)
    if data is not None and report.generation_id in data.id:
        return f"Shown now{as_of}.", _matches(data)
    kept = {one.generation_id for one in desk.loads.generations()}
    words = "Kept; the site can return to them" if report.generation_id in kept else "Replaced, and no longer kept"
    return f"{words}{as_of}.", None


def _matches(data: Generation) -> list[Match] | None:
    try:
        return identities.matches(data, FIRST_MATCHES)
    except (QueryTooLong, WarehouseAway):
        return None


def rolled_back(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """Return to the load that was sent as ``to``; ``seen`` is the one that was current for who decided it."""
    sent = body()
    to, seen = text_in(sent, "to", 40), text_in(sent, "seen", 40)
    if not to or not seen:
        raise SavedError("Choose the load to return to.")
    try:
        target = desk.loads.roll_back(viewer.login, to, seen)
    except (ImportFailed, NoGeneration, PublishFailed) as error:
        raise SavedError(str(error)) from error
    except OSError as error:
        words = "The site may not change which data it shows here; an administrator of the machine can, with “dashapp rollback”."
        raise SavedError(words) from error
    return {"id": target.generation_id}
