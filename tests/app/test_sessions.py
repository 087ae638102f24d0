"""Logging in and out, and what ends a session."""

import re

import pytest

from dashapp import demo_users
from data_layer.access import Role
from data_layer.appdb import audit, throttle, users
from tests.app.conftest import PAGE, PASSWORD, MakeSite, Site, form_token, is_in, log_in
from tests.unit.test_next_page import ELSEWHERE


def test_a_user_logs_in_and_goes_where_they_wanted(site: Site) -> None:
    client = site.browser()
    sent = client.get("/clients?segment=VIP&state=NY", headers=PAGE)
    assert sent.status_code == 302
    page = client.get(sent.location, headers=PAGE).text
    target = re.search(r'name="next" value="([^"]+)"', page).group(1).replace("&amp;", "&")
    answer = log_in(client, next=target)
    assert (answer.status_code, answer.location) == (303, "/clients?segment=VIP&state=NY")
    assert client.get("/", headers=PAGE).status_code == 200


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_log_in_never_leads_to_another_site(site: Site, target: str) -> None:
    assert log_in(site.browser(), next=target).location == "/"
    assert site.logged_in().get("/login", query_string={"next": target}).location == "/"


def test_session_says_who_it_is(site: Site) -> None:
    answer = site.logged_in().get("/session").json
    assert answer["csrf"]
    assert {key: answer[key] for key in ("login", "name", "role")} == {"login": "ada", "name": "Ada", "role": "admin"}


def test_wrong_unknown_and_disabled_get_the_same_answer(site: Site) -> None:
    site.add("gone")
    users.disable(site.services.appdb, "gone", site.clock())
    answers = []
    for login, password in (("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        answer = log_in(site.browser(), login, password)
        answers.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]


def test_a_typed_login_is_shown_again_as_text(site: Site) -> None:
    page = log_in(site.browser(), '"><script>alert(1)</script>', "wrong").text
    assert "<script" not in page


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    for token in ("", "wrong", form_token(site.browser())):
        client = site.browser()
        form_token(client)
        assert log_in(client, csrf=token).status_code == 400
        assert not is_in(client)


def test_too_many_failures_have_to_wait(site: Site) -> None:
    client = site.browser()
    for _ in range(throttle.FAILURES_PER_LOGIN):
        assert log_in(client, password="wrong").status_code == 401
    refused = log_in(client)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "15 minutes" in refused.text
    site.clock.advance(minutes=15)
    assert log_in(client).status_code == 303


def test_unknown_logins_are_throttled_alike(site: Site) -> None:
    client = site.browser()
    statuses = [log_in(client, "nobody", "wrong").status_code for _ in range(throttle.FAILURES_PER_LOGIN + 1)]
    assert statuses == [401] * throttle.FAILURES_PER_LOGIN + [429]


def test_a_session_ends_when_idle(site: Site) -> None:
    client = site.logged_in()
    for _ in range(3):
        site.clock.advance(minutes=29)
        assert is_in(client)
    site.clock.advance(minutes=30)
    assert not is_in(client)


def test_what_a_page_asks_while_nobody_touches_it_keeps_nobody_logged_in(site: Site) -> None:
    client = site.logged_in()
    for _ in range(3):
        site.clock.advance(minutes=10)
        last = client.get("/session", headers={"X-Unattended": "1"}).status_code
    assert last == 401
    assert not is_in(client)


def test_a_session_ends_after_its_hours_however_busy(site: Site) -> None:
    client = site.logged_in()
    for _ in range(12 * 3 - 1):
        site.clock.advance(minutes=20)
        assert is_in(client)
    site.clock.advance(minutes=20)
    assert not is_in(client)


def test_the_limits_are_settings(make_site: MakeSite) -> None:
    site = make_site({"IDLE_MINUTES": "5", "SESSION_HOURS": "1"})
    site.add()
    client = site.logged_in()
    site.clock.advance(minutes=5)
    assert not is_in(client)


def test_an_expired_session_is_explained_once(site: Site) -> None:
    client = site.logged_in()
    site.clock.advance(hours=1)
    assert "session has ended" in client.get("/login", headers=PAGE).text
    assert "session has ended" not in client.get("/login", headers=PAGE).text


def test_a_failing_callback_does_not_touch_the_cookie(site: Site) -> None:
    client = site.logged_in()
    site.clock.advance(hours=1)
    assert "Set-Cookie" not in client.get("/session").headers


@pytest.mark.parametrize("change", ["disable", "role", "password"])
def test_a_change_of_rights_holds_from_the_next_request(site: Site, change: str) -> None:
    site.add("bob", Role.MARKETER)
    bob, ada = site.logged_in("bob"), site.logged_in()
    assert is_in(bob)
    {
        "disable": lambda: users.disable(site.services.appdb, "bob", site.clock()),
        "role": lambda: users.set_role(site.services.appdb, "bob", Role.STAFF),
        "password": lambda: users.set_password(site.services.appdb, "bob", "another long one"),
    }[change]()
    assert not is_in(bob)
    assert is_in(ada)


def test_log_out_ends_the_session_and_every_copy_of_its_cookie(site: Site) -> None:
    client, other = site.logged_in(), site.logged_in()
    stolen = client.get_cookie("clientscope").value
    answer = client.post("/logout", data={"csrf": client.get("/session").json["csrf"]}, headers=PAGE)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert not is_in(client)
    client.set_cookie("clientscope", stolen)
    assert not is_in(client)
    assert is_in(other)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_log_out_needs_its_token(site: Site, token: str) -> None:
    client = site.logged_in()
    assert client.post("/logout", data={"csrf": token}).status_code == 400
    client.get("/logout", headers=PAGE)
    assert is_in(client)


def test_a_session_fixed_before_the_log_in_is_worth_nothing(site: Site) -> None:
    victim = site.browser()
    form_token(victim)
    planted = victim.get_cookie("clientscope").value
    log_in(victim)
    attacker = site.browser()
    attacker.set_cookie("clientscope", planted)
    assert not is_in(attacker)
    assert victim.get_cookie("clientscope").value != planted


def test_a_second_log_in_ends_the_first_session_of_that_browser(site: Site) -> None:
    site.add("bob")
    client = site.logged_in()
    before = client.get_cookie("clientscope").value
    token = client.get("/session").json["csrf"]
    assert client.post("/login", data={"login": "bob", "password": PASSWORD, "csrf": token}).status_code == 303
    assert client.get("/session").json["login"] == "bob"
    client.set_cookie("clientscope", before)
    assert not is_in(client)


@pytest.mark.parametrize("secure", ["0", "1"])
def test_cookies_are_kept_from_scripts_and_other_sites(make_site: MakeSite, secure: str) -> None:
    site = make_site({"SECURE_COOKIES": secure})
    cookie = site.browser().get("/login", headers=PAGE, base_url="https://site.example").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie, cookie.startswith("__Host-")) == (secure == "1", secure == "1")


@pytest.mark.parametrize("value", ["", "garbage", "eyJfdXNlcl9pZCI6IjE6MSJ9.aaaa.bbbb"])
def test_a_forged_cookie_is_nobody(site: Site, value: str) -> None:
    client = site.browser()
    client.set_cookie("clientscope", value)
    assert not is_in(client)


def test_log_ins_failures_and_log_outs_are_in_the_audit_log(site: Site) -> None:
    client = site.browser()
    log_in(client, password="wrong")
    log_in(client)
    client.post("/logout", data={"csrf": client.get("/session").json["csrf"]})
    entries = audit.latest(site.services.appdb)
    assert [(one.action, one.login, one.address) for one in entries] == [
        ("logout", "ada", "127.0.0.1"),
        ("login", "ada", "127.0.0.1"),
        ("login_failed", "ada", "127.0.0.1"),
    ]
    assert {one.at for one in entries} == {site.clock()}


def test_the_wall_is_not_idle(site: Site) -> None:
    site.add("screen", Role.WALL)
    client = site.logged_in("screen")
    site.clock.advance(hours=11)
    assert is_in(client)


def test_demo_accounts_are_listed_in_demo_mode_and_work(make_site: MakeSite) -> None:
    site = make_site({"DEMO": "1"})
    page = site.browser().get("/login", headers=PAGE).text
    assert "Demo data" in page
    assert {account.role for account in demo_users.ACCOUNTS} == set(Role) - {Role.WALL}
    for account in demo_users.ACCOUNTS:
        assert f"<code>{account.login}</code>" in page
        assert log_in(site.browser(), account.login, demo_users.PASSWORD).status_code == 303


def test_demo_accounts_open_nothing_but_a_demo_site(make_site: MakeSite) -> None:
    demo = make_site({"DEMO": "1"})
    browser = demo.browser()
    log_in(browser, "admin", demo_users.PASSWORD)
    cookie = browser.get_cookie("clientscope").value
    real = make_site()
    assert log_in(real.browser(), "admin", demo_users.PASSWORD).status_code == 401
    thief = real.browser()
    thief.set_cookie("clientscope", cookie)
    assert not is_in(thief)
    assert demo_users.PASSWORD not in thief.get("/login", headers=PAGE).text


def test_demo_accounts_are_tied_to_the_data_once(make_site: MakeSite) -> None:
    site = make_site({"DEMO": "1"})
    for _ in range(2):
        demo_users.ensure(site.services.appdb, site.clock(), staff_id="7", sales_team="north")
        demo_users.ensure(site.services.appdb, site.clock())
    staff, sales = (users.get(site.services.appdb, login) for login in ("staff", "sales"))
    assert (staff.staff_id, staff.team, sales.staff_id, sales.team) == ("7", None, None, "north")
    assert (staff.session_epoch, sales.session_epoch) == (2, 2)


def test_a_site_without_users_says_how_to_add_one(make_site: MakeSite) -> None:
    site = make_site()
    assert "dashapp user add" in site.browser().get("/login", headers=PAGE).text
    site.add()
    assert "dashapp user add" not in site.browser().get("/login", headers=PAGE).text
