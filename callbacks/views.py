"""Saved views: the link of a page under a name, private or for a role."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from flask import Flask, g, request
from sqlalchemy import Engine

from callbacks.payload import Desk
from callbacks.saved import answered, body, roles_in, text_in
from data_layer.access import Role, Viewer
from data_layer.appdb import views
from data_layer.appdb.naming import SHARED_WITH, Gone, NotYours, SavedError
from data_layer.appdb.views import LONGEST_PATH, SavedView
from data_layer.semantics.selection import ELSEWHERE
from layouts.page import Page
from layouts.registry import page_at
from layouts.shell import ROLE_WORDS


def register(server: Flask, desk: Desk) -> None:
    """The routes; the guard lets in people who are logged in."""
    server.get("/views", endpoint="list_views")(answered(lambda: listing(desk, g.viewer)))
    server.post("/views", endpoint="save_view")(answered(lambda: saved(desk, g.viewer)))
    server.patch("/views/<id>", endpoint="change_view")(answered(lambda id: changed(desk, g.viewer, id)))
    server.delete("/views/<id>", endpoint="delete_view")(answered(lambda id: removed(desk, g.viewer, id)))


def listing(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """The views of the viewer: own ones and those shared with the role, of pages that the role has.

    ``sharable``: the roles that the page at ``path`` can be shared with.
    """
    found = [described(viewer, one) for one in views.offered(desk.segments.database, viewer)]
    here = page_at(unquote(request.args.get("path", "")), viewer.role)
    return {
        "views": [one for one in found if one],
        "roles": [{"value": role.value, "label": ROLE_WORDS[role]} for role in SHARED_WITH],
        "sharable": [role.value for role in SHARED_WITH if here and role in here.roles],
    }


def described(viewer: Viewer, view: SavedView) -> dict[str, Any] | None:
    """One view for the list; None where its page is not there for the viewer."""
    page = page_at(unquote(view.path), viewer.role)
    if page is None:
        return None
    return {
        "id": view.id, "name": view.name, "owner": view.owner, "page": page.title,
        "mine": view.owner == viewer.login, "mayChange": view.may_be_changed_by(viewer),
        "roles": [view.role.value] if view.role else [],
        "sharable": [role.value for role in SHARED_WITH if role in page.roles],
        "path": view.path, "search": f"?{view.query}" if view.query else "",
    }  # fmt: skip


def saved(desk: Desk, viewer: Viewer) -> dict[str, Any] | None:
    """Keep the link that was sent, without what is open over the page, under a name."""
    sent = body()
    page, path = page_of(viewer, text_in(sent, "path", LONGEST_PATH))
    pairs = parse_qsl(text_in(sent, "search").removeprefix("?"))
    query = urlencode([(name, value) for name, value in pairs if name not in ELSEWHERE])
    role = role_in(sent, page)
    view = views.add(
        desk.segments.database, viewer.login, text_in(sent, "name", 400), path, query, role, datetime.now(UTC)
    )
    note(desk, viewer, "view_saved", view)
    return described(viewer, view)


def page_of(viewer: Viewer, path: str) -> tuple[Page, str]:
    """The page at a path for this viewer, and the path that leads there for others too: each role has a home of its own."""
    page = page_at(unquote(path), viewer.role)
    if page is None:
        raise SavedError("There is no page at this address for you.")
    return page, quote(unquote(path)) if page.subject is not None else page.path


def role_in(sent: dict[str, Any], page: Page) -> Role | None:
    """The role to share with, if any.  SavedError for one that has no such page."""
    given = roles_in(sent)
    if len(given) > 1 or any(role not in page.roles for role in given):
        raise SavedError("Share it with one role that has this page.")
    return given[0] if given else None


def changed(desk: Desk, viewer: Viewer, id: str) -> dict[str, Any] | None:
    """Rename, or share with another role."""
    sent, view, engine = body(), changeable(desk, viewer, id), desk.segments.database
    page, _ = page_of(viewer, view.path)
    if "roles" in sent:
        views.share(engine, id, role_in(sent, page))
    if "name" in sent:
        views.rename(engine, id, text_in(sent, "name", 400))
    after = found(engine, id, viewer)
    note(desk, viewer, "view_changed", after)
    return described(viewer, after)


def removed(desk: Desk, viewer: Viewer, id: str) -> dict[str, Any]:
    """Take away for everybody."""
    view = changeable(desk, viewer, id)
    views.remove(desk.segments.database, id)
    note(desk, viewer, "view_deleted", view)
    return {"id": id}


def found(engine: Engine, id: str, viewer: Viewer) -> SavedView:
    """A view that the viewer may use.  Gone for any other number."""
    view = views.find(engine, id, viewer)
    if view is None:
        raise Gone("There is no such view, or it is not shared with you.")
    return view


def changeable(desk: Desk, viewer: Viewer, id: str) -> SavedView:
    """A view that the viewer may change.  NotYours where it is only theirs to open."""
    view = found(desk.segments.database, id, viewer)
    if not view.may_be_changed_by(viewer):
        raise NotYours("Only its owner or an administrator can change this view.")
    return view


def note(desk: Desk, viewer: Viewer, action: str, view: SavedView) -> None:
    """A line in the audit log."""
    role = view.role.value if view.role else None
    desk.note(viewer.login, action, {"view": view.id, "name": view.name, "path": view.path, "role": role})
