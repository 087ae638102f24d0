"""Every route: who gets in, what leaves, and with which headers."""

import base64
import hashlib
import logging
import re
import threading

import pytest
from dash import html
from sqlalchemy.exc import OperationalError

from dashapp import warm_up
from dashapp.guard import PUBLIC_RULES
from data_layer.access import Role, Viewer
from tests.app.conftest import PAGE, MakeSite, Site

CALLBACK = {"output": "x.children", "inputs": [], "changedPropIds": []}


def every_route(site: Site) -> list[tuple[str, str, str]]:
    """Each rule of the real map with each method, and an address that it answers to."""
    return [
        (rule.rule, method, re.sub(r"<[^>]+>", "dash", rule.rule))
        for rule in site.app.server.url_map.iter_rules()
        for method in sorted(rule.methods)
    ]


def test_every_route_asks_for_a_session(site: Site) -> None:
    routes = [one for one in every_route(site) if one[0] not in PUBLIC_RULES]
    assert {"/", "/<path:path>", "/_dash-layout", "/_dash-update-component", "/session"} <= {one[0] for one in routes}
    for rule, method, address in routes:
        answer = site.browser().open(address, method=method)
        assert answer.status_code == 401, (method, rule)
        if method != "HEAD":
            assert answer.json == {"login": "/login", "message": "Log in to see this."}


def test_a_person_is_sent_to_the_log_in_whether_the_page_exists_or_not(make_site: MakeSite) -> None:
    site = make_site(is_page=lambda path: path == "/there")
    there, nowhere = (site.browser().get(path, headers=PAGE) for path in ("/there", "/nowhere"))
    assert (there.status_code, there.location) == (302, "/login?next=/there")
    assert (nowhere.status_code, nowhere.location) == (302, "/login?next=/nowhere")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-update-component"])
def test_a_callback_is_never_redirected(site: Site, method: str, path: str) -> None:
    answer = site.browser().open(path, method=method, headers=PAGE, json=CALLBACK)
    assert (answer.status_code, answer.json["login"]) == (401, "/login")


def test_a_script_that_asks_for_a_page_is_not_redirected(site: Site) -> None:
    headers = {"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}
    assert site.browser().get("/clients", headers=headers).status_code == 401
    headers = {"Accept": "text/html", "Sec-Fetch-Dest": "empty"}
    assert site.browser().get("/clients", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
@pytest.mark.parametrize("path", ["/_dash-update-component", "/login", "/logout"])
def test_requests_of_other_sites_are_refused(site: Site, headers: dict[str, str], path: str) -> None:
    for client in (site.browser(), site.logged_in()):
        assert client.post(path, json=CALLBACK, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Origin": "https://LOCALHOST", "Sec-Fetch-Site": "same-origin"}]
)
def test_requests_of_this_site_are_let_through(site: Site, headers: dict[str, str]) -> None:
    token = site.logged_in().get("/session").json["csrf"]
    assert site.logged_in().post("/logout", data={"csrf": token}, headers=headers).status_code == 400
    client = site.logged_in()
    token = client.get("/session").json["csrf"]
    assert client.post("/logout", data={"csrf": token}, headers=headers).status_code == 303


def test_behind_a_proxy_host_and_address_are_the_visitors(make_site: MakeSite) -> None:
    site = make_site({"TRUSTED_PROXIES": "1"})
    headers = {"X-Forwarded-Host": "site.example", "X-Forwarded-Proto": "https", "Origin": "https://site.example"}
    assert site.browser().post("/login", headers=headers).status_code == 400
    assert site.browser().post("/login", headers=headers | {"Origin": "http://localhost"}).status_code == 403


def test_without_a_proxy_forwarded_headers_mean_nothing(site: Site) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    assert site.browser().post("/login", headers=headers).status_code == 403


def only_admins(viewer: Viewer, path: str) -> bool:
    return viewer.role is Role.ADMIN or path != "/admin"


def test_a_page_of_another_role_is_refused(make_site: MakeSite) -> None:
    site = make_site(may_see=only_admins, is_page=lambda path: True)
    site.add()
    site.add("bob", Role.MARKETER)
    refused = site.logged_in("bob").get("/admin", headers=PAGE)
    assert refused.status_code == 403
    assert "Your role does not include this page" in refused.text
    assert "_dash-config" not in refused.text
    assert site.logged_in("bob").get("/admin").json == {
        "message": "Your role does not include this page. An administrator can change that."
    }
    assert site.logged_in("bob").get("/clients", headers=PAGE).status_code == 200
    assert site.logged_in().get("/admin", headers=PAGE).status_code == 200


def test_a_page_that_is_none_is_not_found(make_site: MakeSite) -> None:
    site = make_site(is_page=lambda path: path == "/")
    site.add()
    client = site.logged_in()
    missing = client.get("/wp-admin/<b>", headers=PAGE)
    assert missing.status_code == 404
    assert "wp-admin" not in missing.text
    assert client.get("/", headers=PAGE).status_code == 200


def test_a_callback_of_another_role_is_refused_before_it_runs(make_site: MakeSite) -> None:
    site = make_site(may_call=lambda viewer, output: viewer.role is Role.ADMIN)
    site.add("bob", Role.MARKETER)
    refused = site.logged_in("bob").post("/_dash-update-component", json=CALLBACK)
    assert refused.status_code == 403


@pytest.mark.parametrize("body", ["", "no json", "[]", '{"output": 3}', "{}"])
def test_a_callback_without_an_output_is_not_understood(site: Site, body: str) -> None:
    answer = site.logged_in().post("/_dash-update-component", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_layout_never_runs_for_nobody(site: Site) -> None:
    ran = []
    site.app.layout = lambda: ran.append(True) or html.Div()
    warm_up(site.app)
    ran.clear()
    for path in ("/", "/_dash-layout", "/login", "/healthz"):
        site.browser().get(path, headers=PAGE)
    assert ran == []
    site.logged_in().get("/_dash-layout")
    assert ran == [True]


def test_a_device_may_come_without_a_session(make_site: MakeSite) -> None:
    def identify(request: object) -> Viewer | None:
        return Viewer("wall-1", Role.WALL) if request.headers.get("X-Device") == "known" else None

    site = make_site(
        identify_device=identify, may_see=lambda viewer, path: path == "/wall/queue", is_page=lambda path: True
    )
    client = site.browser()
    assert client.get("/wall/queue", headers=PAGE | {"X-Device": "known"}).status_code == 200
    assert client.get("/clients", headers=PAGE | {"X-Device": "known"}).status_code == 403
    assert client.get("/wall/queue", headers=PAGE | {"X-Device": "stolen"}).status_code == 302


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    client = site.logged_in()
    for _, method, address in every_route(site):
        for headers in client.open(address, method=method).headers, site.browser().open(address, method=method).headers:
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "camera=()" in headers["Permissions-Policy"]
            policy = headers["Content-Security-Policy"]
            assert "unsafe-eval" not in policy
            assert "'unsafe-inline'" not in re.search(r"script-src[^;]*", policy).group()
            assert "frame-ancestors 'none'" in policy


def test_every_inline_script_of_the_page_is_known_by_its_hash(site: Site) -> None:
    answer = site.logged_in().get("/", headers=PAGE)
    scripts = re.findall(r"<script(?![^>]*src=)([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    running = [body for attributes, body in scripts if "application/json" not in attributes]
    assert running
    for body in running:
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_pages_name_no_other_host(site: Site) -> None:
    for page in (site.logged_in().get("/", headers=PAGE), site.browser().get("/login", headers=PAGE)):
        assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//[^\"']*", page.text) == []


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/assets/login.css?m=1", "public, max-age=31536000, immutable"),
        ("/assets/login.css", "public, max-age=3600"),
        ("/_dash-component-suites/dash/deps/react@18.v4m1.3.1.min.js", "public, max-age=31536000, immutable"),
        ("/_dash-component-suites/dash/deps/react@18.3.1.min.js", "public, no-cache"),
        ("/assets/none.css?m=1", "no-store"),
        ("/_dash-component-suites/dash/none.js", "no-store"),
        ("/login", "no-store"),
        ("/healthz", "no-store"),
        ("/_dash-layout", "no-store"),
    ],
)
def test_static_files_may_be_kept_and_nothing_else(site: Site, path: str, rule: str) -> None:
    with site.logged_in().get(path) as answer:
        assert answer.headers["Cache-Control"] == rule
        if rule != "no-store":
            assert answer.status_code == 200
            assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_static_files_travel_compressed_and_can_be_asked_for_again(site: Site, coding: str) -> None:
    client = site.browser()
    for _ in range(2):
        with client.get("/assets/login.css", headers={"Accept-Encoding": coding}) as answer:
            assert answer.headers["Content-Encoding"] == coding
            assert "Accept-Encoding" in answer.headers["Vary"]
    again = {"Accept-Encoding": coding, "If-None-Match": answer.headers["ETag"]}
    assert client.get("/assets/login.css", headers=again).status_code == 304
    with client.get("/assets/login.css") as plain:
        assert "Content-Encoding" not in plain.headers


def test_data_travels_compressed(site: Site) -> None:
    answer = site.logged_in().get("/_dash-dependencies", headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    page = site.logged_in().get("/", headers=PAGE | {"Accept-Encoding": "gzip, br"})
    assert page.headers["Content-Encoding"] == "br"


@pytest.mark.parametrize(
    "path",
    [
        "/_dash-component-suites/nothing/x.js",
        "/_dash-component-suites/dash/../dash.py",
        "/_dash-component-suites/dash/x.js",
        "/assets/../pyproject.toml",
        "/assets/%2e%2e/pyproject.toml",
        "/assets/none",
    ],
)
def test_a_wrong_file_name_tells_nothing(site: Site, path: str) -> None:
    answer = site.browser().get(path)
    assert answer.status_code in (401, 404)
    for word in ("Registered", "registered", "site-packages", "[project]", "Traceback"):
        assert word not in answer.text


def break_layout(site: Site) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail\nof two lines")

    site.app.server.view_functions["/_dash-layout"] = broken


def test_an_error_is_one_line_in_the_log_and_an_id_for_the_person(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    break_layout(site)
    client = site.logged_in()
    caplog.clear()
    answer = client.get("/_dash-layout")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    (record,) = caplog.records
    line = record.getMessage()
    assert line.startswith(answer.json["id"])
    assert "\n" not in line
    assert "RuntimeError: secret detail of two lines" in line
    assert "broken" in line


def test_the_log_is_silent_otherwise(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="clientscope")
    client = site.logged_in()
    for path in ("/", "/nowhere", "/assets/none", "/_dash-layout", "/session"):
        client.get(path, headers=PAGE).close()
    assert [record.getMessage() for record in caplog.records if record.name != "alembic"] == []


def test_without_the_user_database_nobody_gets_in(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = site.logged_in()

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    for name in ("in_session", "authenticate"):
        monkeypatch.setattr(f"data_layer.appdb.users.{name}", away)
    for answer in (client.get("/", headers=PAGE), client.get("/_dash-layout"), client.get("/login", headers=PAGE)):
        assert answer.status_code == 503
        assert "cannot reach its user database" in answer.text
        assert "refused" not in answer.text
    assert client.get("/healthz").status_code == 200
    monkeypatch.undo()
    assert client.get("/", headers=PAGE).status_code == 200


def test_healthz_asks_nothing_and_nobody(make_site: MakeSite) -> None:
    asked = []
    site = make_site(probes={"warehouse": lambda: asked.append(True)})
    answer = site.browser().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})
    assert asked == []


def test_readyz_names_what_is_away_and_not_why(make_site: MakeSite) -> None:
    def away() -> None:
        raise RuntimeError("password of the warehouse is hunter2")

    ready = make_site(probes={"warehouse": lambda: None}).browser().get("/readyz")
    assert (ready.status_code, ready.json["warehouse"]) == (200, "ok")
    answer = make_site(probes={"warehouse": away}).browser().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "application database": "ok", "warehouse": "not reachable"}


def test_readyz_does_not_wait_for_what_never_answers(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashapp.health.PROBE_SECONDS", 0.2)
    let_go = threading.Event()
    site = make_site(probes={"warehouse": let_go.wait})
    try:
        for _ in range(6):
            assert site.browser().get("/readyz").json["warehouse"] == "no answer"
    finally:
        let_go.set()
