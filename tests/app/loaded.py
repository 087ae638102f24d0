"""A site with demo data and one user of every role, and what tests ask of it."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import dash
import openpyxl
import pandas as pd
from flask import Request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashapp import create_app
from dashapp.services import Services, build_services
from dashapp.settings import Settings
from data_layer.access import Role, Viewer
from data_layer.appdb import users
from data_layer.appdb.users import NewUser
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_import
from data_layer.ingest.sources import BY_NAME
from data_layer.synthetic import generate
from layouts import ids
from layouts.page import Page
from layouts.tile import Tile
from tests.app.conftest import KEY, PASSWORD, Clock, Site

LAST_DAY = date(2026, 11, 20)
DEVICE = {"X-Device": "wall"}


@dataclass(frozen=True)
class Sources:
    """The files as they were written, read by nothing of the site: every value a text."""

    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv", dtype=str, keep_default_na=False)

    def contact_data(self) -> set[str]:
        """Every e-mail address and phone number of a client."""
        found: set[str] = set()
        for name in ("customers", "clients", "contacts"):
            found |= set(self.table(name)["email"]) | set(self.table(name)["phone"])
        return found - {""}

    def staff(self) -> dict[str, str]:
        """Names of all members of staff by id."""
        advisors = self.table("advisors")
        found = dict(zip(advisors.advisor_id, advisors.first_name + " " + advisors.last_name, strict=True))
        for name, key in (("agents", "agent_id"), ("staff", "staff_id")):
            found |= dict(zip(self.table(name)[key], self.table(name).full_name, strict=True))
        return found

    def clients_of(self, staff_id: str) -> set[str]:
        """The clients that somebody owns or has served, from every file that ties a person to a client."""
        found = self._owned_by(staff_id)
        for name, who, whom in (
            ("service_interactions", "agent_id", "customer_id"),
            ("interactions", "staff_id", "client_id"),
            ("conversations", "agent_id", "contact_id"),
        ):
            rows = self.table(name)
            found |= set(rows[whom][rows[who] == staff_id])
        return found

    def _owned_by(self, staff_id: str) -> set[str]:
        """Clients that name somebody as owner, of contacts, opportunities or holdings."""
        found = set()
        for name, who, whom in (
            ("contacts", "owner_id", "contact_id"),
            ("opportunities", "owner_id", "customer_id"),
            ("enrollments", "advisor_id", "customer_id"),
        ):
            rows = self.table(name)
            found |= set(rows[whom][rows[who] == staff_id])
        return found

    def busiest(self) -> str:
        """Whom a ``staff`` account is worth tying to."""
        return str(self.table("interactions").staff_id.value_counts().index[0])


def write_demo(folder: Path, seed: int = 7) -> Sources:
    """Demo data of a small company, as files."""
    generate(folder, customers=150, years=1, seed=seed, end=LAST_DAY)
    return Sources(folder)


def load_files(folder: Path, home: Path) -> str:
    """Publish a folder; the id of the new generation."""
    report = run_import(folder, home, ImportOptions(replace=True, force=True, is_demo=True))
    assert report.status == "published", report
    return report.generation_id or ""


def only_group(sources: Sources, group: str, folder: Path) -> Path:
    """A folder with the files of one source system alone."""
    folder.mkdir()
    for name, table in BY_NAME.items():
        if table.group == group:
            (folder / f"{name}.csv").write_bytes((sources.folder / f"{name}.csv").read_bytes())
    return folder


@dataclass
class World:
    """A loaded site.  ``clients`` holds a browser per role that has logged in; the wall's carries its device's token."""

    site: Site
    sources: Sources | None
    staff_id: str | None = None
    team: str | None = None
    clients: dict[Role, FlaskClient] = field(default_factory=dict)

    @property
    def app(self) -> dash.Dash:
        return self.site.app

    @property
    def services(self) -> Services:
        return self.site.services

    def client(self, role: Role) -> FlaskClient:
        if role not in self.clients:
            self.clients[role] = self._new_client(role)
        return self.clients[role]

    def _new_client(self, role: Role) -> FlaskClient:
        if role is Role.WALL:
            client = self.site.browser()
            client.environ_base["HTTP_X_DEVICE"] = DEVICE["X-Device"]
            return client
        viewer = self.viewer(role)
        new = NewUser(role.value, role.value.title(), role, PASSWORD, staff_id=viewer.staff_id, team=viewer.team)
        users.add(self.services.appdb, new, self.site.clock())
        return self.site.logged_in(role.value)

    def viewer(self, role: Role) -> Viewer:
        own_team = self.team if role in (Role.SALES_MANAGER, Role.SUPPORT_LEAD) else None
        return Viewer(role.value, role, self.staff_id if role is Role.STAFF else None, own_team)

    def call(self, client: FlaskClient, output: str, **values: Any) -> TestResponse:
        """Send the body that a browser sends for a callback.

        ``values``: by component id, dashes as underscores, with the property behind it where an id has several.
        """
        declared = self.app.callback_map[output]
        body = {
            "output": output,
            "outputs": _outputs(output),
            "inputs": [_given(one, values) for one in declared["inputs"]],
            "state": [_given(one, values) for one in declared["state"]],
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in declared["inputs"][:1]],
        }
        return client.post("/_dash-update-component", json=body)

    @cached_property
    def subject(self) -> str:
        """A client whom every role may see: served by the staff account, with something still to be done for them."""
        if self.sources is None:
            return "C1"
        served = self.sources.table("interactions").set_index("interaction_id")
        open_ones = self.sources.table("followup_actions").query("status not in ('Completed', 'Cancelled')")
        served = served.loc[served.staff_id == self.staff_id]
        waiting = served.client_id.reindex(open_ones.interaction_id).dropna()
        return str(served.client_id[served.client_id.isin(waiting)].value_counts().index[0])

    def path(self, page: Page) -> str:
        """The path of a page, with a subject where it needs one."""
        return page.address(self.subject) if page.subject else page.path

    def asked(self, page: Page, search: str = "") -> str:
        """What a browser makes of the address of a page: its subject is one of the filters."""
        given = search.removeprefix("?")
        return f"?{given}&{page.subject}={self.subject}" if page.subject else search

    def export(self, page: Page, tile: Tile, kind: str = "figures", search: str = "") -> str:
        """The address of a download."""
        name = f"{tile.name}/records" if kind == "records" else tile.name
        return f"/export/{page.name}/{name}.csv?{self.asked(page, search).removeprefix('?')}"

    def workbook(self, page: Page, search: str = "") -> str:
        """The address of a page as a workbook."""
        return f"/export/{page.name}/page.xlsx?{self.asked(page, search).removeprefix('?')}"

    def payloads(self, client: FlaskClient, page: Page, search: str = "") -> dict[str, Any]:
        """What the server answers for a page; each tile's JSON read.  Asks again while tiles are pending."""
        data: dict[str, Any] = {}
        tiles: dict[str, Any] = {}
        for lane in range(len(page.lanes)):
            answered = self._lane(client, page, search, ids.payload(page.name, lane))
            tiles |= {name: json.loads(text) for name, text in answered["tiles"].items()}
            data = {**answered, **data}
        return {**data, "tiles": tiles}

    def _lane(self, client: FlaskClient, page: Page, search: str, store: str) -> dict[str, Any]:
        answer = self.call(client, f"{store}.data", **{f"here_{page.name}": self.asked(page, search)})
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json["response"][store]["data"]
        return self._lane(client, page, search, store) if data["pending"] else data


def _outputs(output: str) -> Any:
    if output.startswith(".."):
        return [_outputs(one) for one in output.strip(".").split("...")]
    component, _, name = output.rpartition(".")
    return {"id": component, "property": name}


def _given(one: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    name = one["id"].replace("-", "_")
    return {**one, "value": values.get(f"{name}_{one['property']}", values.get(name))}


def make_world(home: Path, sources: Sources | None = None, **environ: str) -> World:
    """A site over an instance folder, with whatever is loaded there."""
    given = {"SECRET_KEY": KEY, "DASHAPP_HOME": str(home), "SECURE_COOKIES": "0"} | environ
    clock = Clock()

    def device(request: Request) -> Viewer | None:
        return Viewer("wall-1", Role.WALL) if request.headers.get("X-Device") == DEVICE["X-Device"] else None

    services = replace(build_services(Settings.from_env(given)), clock=clock, identify_device=device)
    site = Site(create_app(services.settings, services), services, clock)
    site.app._setup_server()
    staff_id = sources.busiest() if sources else None
    team = next(iter(sources.table("staff").set_index("staff_id").team.get([staff_id], [])), None) if sources else None
    return World(site, sources, staff_id, team)


def csv_rows(answer: TestResponse) -> list[list[str]]:
    """A download's rows, without the lines that say what it is."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/csv"
    return [row for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) if not row[0].startswith("#")]


def workbook_texts(answer: TestResponse) -> list[str]:
    """Every cell of a workbook that was downloaded, and the names of its sheets."""
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    cells = [
        str(value) for page in book for row in page.iter_rows(values_only=True) for value in row if value is not None
    ]
    return [*book.sheetnames, *cells]


def column(rows: list[list[str]], heading: str) -> set[str]:
    """The values of one column of a download."""
    at = rows[0].index(heading)
    return {row[at] for row in rows[1:]}


def every_tile(pages: Iterable[Page]) -> Iterator[tuple[Page, Tile]]:
    """Each tile with its page."""
    return ((page, tile) for page in pages for tile in page.tiles)
