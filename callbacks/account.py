"""What people set for themselves: the time zone whose days and hours they see."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from flask import Flask, abort, g

from callbacks.payload import Desk
from callbacks.saved import answered, body, text_in
from data_layer.access import Viewer
from data_layer.appdb import audit, users
from data_layer.appdb.naming import SavedError
from data_layer.appdb.users import UserError

PATH = "/account/timezone"
LONGEST_ZONE = 64
# Names that only repeat others: of old systems, of countries, of offsets.
REPEATED = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def register(server: Flask, desk: Desk) -> None:
    """The routes; the guard lets in whoever is logged in, each for themselves."""
    server.get(PATH, endpoint="time_zones")(answered(lambda: told(desk, _account())))
    server.put(PATH, endpoint="choose_time_zone")(answered(lambda: chosen(desk, _account())))


def _account() -> Viewer:
    """The one who asks; a wall screen is nobody who could choose."""
    if g.get("account") is None:
        abort(403)
    viewer: Viewer = g.viewer
    return viewer


def told(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """The zone of the viewer, "" for the site's; the site's; and those there are."""
    return {"zone": viewer.zone or "", "site": desk.warehouse.current().time_zone, "zones": list(zones())}


def chosen(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """Keep the zone that was sent, "" for the site's."""
    zone = text_in(body(), "zone", LONGEST_ZONE) or None
    database = desk.segments.database
    try:
        users.set_timezone(database, viewer.login, zone)
    except UserError as error:
        raise SavedError("Choose a time zone from the list.") from error
    detail = {"user": viewer.login, "timezone": zone}
    audit.record(database, viewer.login, "user_timezone_changed", detail, at=datetime.now(UTC))
    return {"zone": zone or ""}


@cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from, as Area/City, and UTC."""
    cities = (name for name in available_timezones() if "/" in name and not name.startswith(REPEATED))
    return ("UTC", *sorted(cities))
