"""What the parts of the running site share: settings, connections, the clock and the declared rights."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Request
from sqlalchemy import Engine

from callbacks import subjects
from callbacks.payload import Desk
from dashapp.settings import Settings
from data_layer.access import Viewer
from data_layer.analyses.standards import Standards
from data_layer.appdb import audit, targets
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate
from data_layer.followups import Followups
from data_layer.loads import Loads
from data_layer.segments import Segments
from data_layer.semantics.cache import Cache, open_store
from data_layer.semantics.formats import write_money_in
from data_layer.semantics.targets import Targets, merged
from data_layer.warehouse.engine import NoData, Warehouse
from layouts import registry


def utc_now() -> datetime:
    """The time by the machine's clock, aware."""
    return datetime.now(UTC)


def _everything(_viewer: Viewer, _what: str) -> bool:
    return True


def _any_path(_path: str) -> bool:
    return True


def _no_device(_request: Request) -> Viewer | None:
    return None


@dataclass(frozen=True)
class Services:
    """Handed to everything that needs more than its arguments; tests replace single fields.

    ``desk``: the data and the cache, where tiles are answered.
    ``may_see(viewer, path)``: the declared roles of the page at a path.  ``may_call(viewer, output)``: those of the
    callback with this output id.  ``is_page(path)``: whether a page lives there.
    ``is_there(viewer, path)``: whether what the page is about exists for the viewer.  ``identify_device(request)``: the
    viewer for a request that carries a device's token instead of a session.  ``public_rules``: more URL rules that
    need no session because they check their callers themselves.  ``probes``: by name, what must answer for the site
    to be ready; a probe raises when its subject is away.
    """

    settings: Settings
    appdb: Engine
    desk: Desk
    clock: Callable[[], datetime] = utc_now
    may_see: Callable[[Viewer, str], bool] = _everything
    may_call: Callable[[Viewer, str], bool] = _everything
    is_page: Callable[[str], bool] = _any_path
    is_there: Callable[[Viewer, str], bool] = _everything
    identify_device: Callable[[Request], Viewer | None] = _no_device
    public_rules: frozenset[str] = frozenset()
    probes: Mapping[str, Callable[[], None]] = field(default_factory=dict)


def build_services(settings: Settings) -> Services:
    """Open what the settings name and bring the application database to its current version."""
    write_money_in(settings.currency)
    appdb = open_database(settings.database_url)
    migrate(appdb)
    warehouse = Warehouse(settings.home, settings.postgres_warehouse, settings.query_timeout_seconds)
    cache = Cache(open_store(settings.redis_url, settings.cache_folder))

    def note(login: str, action: str, detail: dict[str, Any]) -> None:
        audit.record(appdb, login, action, detail)

    def warehouse_answers() -> None:
        with contextlib.suppress(NoData):
            warehouse.current()

    def targets_now() -> Targets:
        return merged(settings.targets, targets.everyones(appdb))

    desk = Desk(
        warehouse, cache, note, settings.fresh_days, Segments(appdb, settings.high_intent_replies),
        Standards(targets_now, settings.ranking_least_n, settings.high_intent_replies), Followups(appdb),
        Loads(settings.home, appdb, settings.postgres_warehouse), settings.fresh_sources, settings.timezone,
    )  # fmt: skip
    return Services(
        settings=settings,
        appdb=appdb,
        desk=desk,
        may_see=registry.may_see,
        may_call=registry.may_call,
        is_page=registry.is_page,
        is_there=partial(subjects.is_there, desk),
        probes={"warehouse": warehouse_answers},
    )
