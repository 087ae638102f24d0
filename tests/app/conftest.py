"""A whole site with a clock that stands still until a test moves it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashapp import create_app
from dashapp.services import Services, build_services
from dashapp.settings import Settings
from data_layer.access import Role
from data_layer.appdb import users
from data_layer.appdb.users import NewUser

KEY = "Q7x-vB2mK9pLw4RtYz8Hc3Nd6Fj1Gs5Aq"
PASSWORD = "a long enough one"
PAGE = {"Accept": "text/html,*/*", "Sec-Fetch-Dest": "document"}


@dataclass
class Clock:
    """The time, moved by hand."""

    now: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Site:
    """A running site, and what a test does with it."""

    app: dash.Dash
    services: Services
    clock: Clock
    clients: list[FlaskClient] = field(default_factory=list)

    def browser(self) -> FlaskClient:
        """A browser of its own, without a session."""
        client = self.app.server.test_client()
        self.clients.append(client)
        return client

    def add(self, login: str = "ada", role: Role = Role.ADMIN, **more: Any) -> None:
        """Add a user with the tests' password."""
        users.add(self.services.appdb, NewUser(login, login.title(), role, PASSWORD, **more), self.clock())

    def logged_in(self, login: str = "ada") -> FlaskClient:
        """A browser in which this user has logged in."""
        client = self.browser()
        assert log_in(client, login).status_code == 303
        return client


def form_token(client: FlaskClient) -> str:
    """The token in the log-in page that this browser is shown."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/login", headers=PAGE).text)
    assert found
    return found.group(1)


def log_in(client: FlaskClient, login: str = "ada", password: str = PASSWORD, **form: str) -> TestResponse:
    """Fill in and send the log-in page."""
    data = {"login": login, "password": password, "csrf": form_token(client)} | form
    return client.post("/login", data=data, headers=PAGE)


def is_in(client: FlaskClient) -> bool:
    """Whether this browser has a session."""
    status = client.get("/session").status_code
    assert status in (200, 401)
    return status == 200


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """However slow the machine: an answer holds every tile, but where a test is about those that are left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("callbacks.tiles.PATIENCE_SECONDS", 120.0)
        yield


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """A function that makes a site: ``environ`` and fields of ``Services`` may be given."""
    made: list[Site] = []

    def make(environ: dict[str, str] | None = None, **fields: Any) -> Site:
        given = {"SECRET_KEY": KEY, "DASHAPP_HOME": str(tmp_path), "SECURE_COOKIES": "0"} | (environ or {})
        clock = Clock()
        services = replace(build_services(Settings.from_env(given)), clock=clock, **fields)
        made.append(Site(create_app(services.settings, services), services, clock))
        return made[-1]

    yield make
    for site in made:
        site.services.appdb.dispose()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site with one administrator, ``ada``."""
    made = make_site()
    made.add()
    return made


@pytest.fixture(scope="session")
def demo_sources(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Demo data of a small company, as files."""
    from tests.app.loaded import write_demo

    return write_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def world(demo_sources: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A site with that data and a user of every role, shared by a module: its tests only look."""
    from tests.app.loaded import load_files, make_world

    home = tmp_path_factory.mktemp("home")
    load_files(demo_sources.folder, home)
    made = make_world(home, demo_sources)
    yield made
    made.services.appdb.dispose()
