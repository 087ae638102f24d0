"""Logging in and out."""

from typing import Any

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from dashapp import auth, demo_users, messages
from dashapp.next_page import safe_next
from dashapp.services import Services
from data_layer.appdb import audit, throttle, users

WRONG = "User name or password is not right."
EXPIRED = "Your session has ended. Log in again to go on where you were."
STALE_FORM = "This page had been open for too long. Log in again."


def install(server: Flask, services: Services) -> None:
    """Add ``/login``, ``/logout`` and ``/session``."""

    @server.get("/login")
    def login_form() -> ResponseReturnValue:
        try:
            return show_form(services)
        except SQLAlchemyError as error:
            return messages.unavailable(error)

    @server.post("/login")
    def login() -> ResponseReturnValue:
        try:
            return log_in(services)
        except SQLAlchemyError as error:
            return messages.unavailable(error)

    @server.post("/logout")
    def logout() -> ResponseReturnValue:
        return log_out(services)

    @server.get("/session")
    def who() -> Response:
        return jsonify(_who())


def show_form(services: Services) -> ResponseReturnValue:
    """The log-in page, or onwards for somebody who is logged in already."""
    target = safe_next(request.args.get("next"))
    if auth.account_of_request(services) is not None:
        return redirect(target)
    notice = EXPIRED if auth.had_session() else None
    if notice:
        session.clear()
    return _form(services, target, notice=notice)


def log_in(services: Services) -> ResponseReturnValue:
    """Check a log-in form; a wrong login, a wrong password and a disabled account get the same answer."""
    target = safe_next(request.form.get("next"))
    login = users.normal_login(request.form.get("login", ""))[:80]
    if not auth.is_own_form(request.form.get("csrf")):
        return _form(services, target, login, problem=STALE_FORM, status=400)
    now, address = services.clock(), request.remote_addr
    attempt, wait = throttle.begin_attempt(services.appdb, login, address, now)
    if wait:
        audit.record(services.appdb, login, "login_throttled", address=address, at=now)
        return _too_many(services, target, login, wait)
    password = request.form.get("password", "")
    account = users.authenticate(services.appdb, login, password, allow_demo=services.settings.demo)
    if account is None:
        audit.record(services.appdb, login, "login_failed", address=address, at=now)
        return _form(services, target, login, problem=WRONG, status=401)
    throttle.end_attempt(services.appdb, attempt, succeeded=True)
    audit.record(services.appdb, account.login, "login", address=address, at=now)
    auth.begin(services, account)
    return redirect(target, 303)


def log_out(services: Services) -> ResponseReturnValue:
    """End the session for a form that carries its token."""
    if not auth.is_own_form(request.form.get("csrf")):
        return messages.answer(400, "This page had been open for too long. Reload it, then log out.", as_page=True)
    audit.record(services.appdb, g.viewer.login, "logout", address=request.remote_addr, at=services.clock())
    auth.end(services)
    return redirect("/login", 303)


def _form(
    services: Services,
    target: str,
    login: str = "",
    problem: str | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "login.html",
        target=target,
        login=login,
        problem=problem,
        notice=notice,
        csrf=auth.csrf_token(),
        demo=demo_users.ACCOUNTS if services.settings.demo else (),
        demo_password=demo_users.PASSWORD,
        is_empty=not users.is_any(services.appdb),
    )
    return make_response(page, status)


def _too_many(services: Services, target: str, login: str, wait: int) -> Response:
    minutes = -(-wait // 60)
    amount = "a minute" if minutes == 1 else f"{minutes} minutes"
    problem = f"Too many attempts. Wait {amount}, then try again."
    response = _form(services, target, login, problem=problem, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def _who() -> dict[str, Any]:
    viewer = g.viewer
    account = g.get("account")
    return {
        "login": viewer.login,
        "name": account.name if account else viewer.login,
        "role": viewer.role.value,
        "csrf": auth.csrf_token(),
    }
