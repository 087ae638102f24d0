"""Follow-ups that people add on the site: the requests of the work list."""

from datetime import date
from typing import Any

from flask import Flask, g, request

from callbacks.payload import Desk
from callbacks.saved import answered, body, text_in
from data_layer.access import Viewer
from data_layer.appdb.followups import NewFollowup, OwnFollowup
from data_layer.appdb.naming import Gone, SavedError, row_number

LONGEST_FIND = 100


def register(server: Flask, desk: Desk) -> None:
    """The routes; the guard lets in the roles of the page that they belong to."""
    server.get("/followups/clients", endpoint="clients_to_follow_up")(answered(lambda: found(desk, g.viewer)))
    server.post("/followups", endpoint="add_followup")(answered(lambda: added(desk, g.viewer)))
    server.patch("/followups/<id>", endpoint="move_followup")(answered(lambda id: moved(desk, g.viewer, id)))


def found(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """The clients whom ``find`` finds."""
    members = desk.followups.clients(request.args.get("find", "")[:LONGEST_FIND], viewer, desk.data(viewer))
    return {"clients": [{"value": one.value, "label": one.label} for one in members]}


def added(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """Keep what was sent: ``client``, ``action``, ``due``, ``priority``, and ``staff`` where it is not one's own."""
    sent = body()
    owner = text_in(sent, "staff", 80) or viewer.staff_id or ""
    if not owner:
        raise SavedError("Choose who is to do it.")
    new = NewFollowup(
        text_in(sent, "client", 80),
        owner,
        text_in(sent, "action"),
        day_in(sent),
        text_in(sent, "priority", 20) or "Normal",
    )
    return described(desk.followups.add(new, viewer, desk.data(viewer)))


def moved(desk: Desk, viewer: Viewer, id: str) -> dict[str, Any]:
    """Do what was sent as ``move``: done, cancel, reopen_done or reopen_cancel."""
    number = row_number(id)
    if number is None:
        raise Gone("There is no such follow-up.")
    return described(desk.followups.move(number, text_in(body(), "move", 20), viewer, desk.data(viewer)))


def day_in(sent: dict[str, Any]) -> date:
    """The day that was sent.  SavedError for none."""
    try:
        return date.fromisoformat(text_in(sent, "due", 10))
    except ValueError as error:
        raise SavedError("Choose the day it is due.") from error


def described(one: OwnFollowup) -> dict[str, Any]:
    """One for the browser."""
    return {"id": one.id, "client": one.customer_id, "staff": one.staff_id, "due": one.due_date.isoformat()}
