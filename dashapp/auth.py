"""Sessions: who a request belongs to, and when that ends.

The signed cookie holds the user's id, the epoch of that user's rights, a random session id and two times.  Each
request compares them with the application database, so that a change there holds from the next request on.
"""

import secrets
from datetime import UTC, datetime, timedelta

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Response
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from dashapp.services import Services
from data_layer.access import Role, Viewer
from data_layer.appdb import users
from data_layer.appdb.users import User

# The cookie is written anew at most so often, so that ten callbacks at once do not send ten cookies.
SEEN_EVERY = timedelta(seconds=60)
# What an open page asks by itself: it keeps nobody logged in.
PASSIVE = frozenset({"/generation"})
# The page sends this with whatever it asks while nobody touches it; see assets/49_presence.js.
UNATTENDED = "X-Unattended"


class SiteUser(UserMixin):
    """What Flask-Login keeps: the account, with its epoch in the id."""

    def __init__(self, account: User) -> None:
        self.account = account

    def get_id(self) -> str:
        """The text in the cookie: it stops matching when the rights change."""
        return f"{self.account.id}:{self.account.session_epoch}"


class PageSessions(SecureCookieSessionInterface):
    """Sessions that leave static files alone: a ``Vary: Cookie`` there would defeat the browser's cache."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where a page or callback answered."""
        if not request.path.startswith(("/assets/", "/_dash-component-suites/")):
            super().save_session(app, session, response)


def install(server: Flask, services: Services) -> None:
    """Make the server keep sessions in a signed cookie and know the user of a request."""
    secure = services.settings.secure_cookies
    server.config.update(
        SECRET_KEY=services.settings.secret_key,
        # The prefix makes browsers refuse a cookie of this name from a sub-domain or over plain HTTP.
        SESSION_COOKIE_NAME="__Host-clientscope" if secure else "clientscope",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH="/",
    )
    server.session_interface = PageSessions()
    # No template needs the user; asking for one while the database is away would break the page that says so.
    manager = LoginManager(server, add_context_processor=False)
    # Flask-Login's own protection binds a session to an address, which mobile networks change under a user.
    manager.session_protection = None

    @manager.user_loader
    def load(text: str) -> SiteUser | None:
        user_id, _, epoch = text.partition(":")
        if not user_id.isdigit() or not epoch.isdigit():
            return None
        account = users.in_session(
            services.appdb, int(user_id), int(epoch), session.get("sid", ""), services.settings.demo
        )
        return SiteUser(account) if account else None


def begin(services: Services, account: User) -> None:
    """Start a session for this account; whatever the cookie held before is forgotten, an older session is ended."""
    end(services)
    now = services.clock().timestamp()
    session.update(sid=secrets.token_urlsafe(24), started=now, seen=now, csrf=secrets.token_urlsafe(24))
    login_user(SiteUser(account))


def end(services: Services) -> None:
    """End the session of this request for good: a copy of its cookie is refused too."""
    session_id = session.get("sid")
    if session_id:
        users.end_session(services.appdb, session_id, services.clock(), services.settings.session)
    logout_user()
    session.clear()


def account_of_request(services: Services) -> User | None:
    """The account behind this request; None for nobody, and for a session that ended, was idle or is too old.

    The cookie of such a session stays as it is: ten callbacks that fail at once would else overwrite the cookie
    of a log-in that another tab has just made.
    """
    if not current_user.is_authenticated or _is_over(services, current_user.account):
        return None
    account: User = current_user.account
    return account


def had_session() -> bool:
    """Whether this browser was logged in before, however that ended."""
    return "_user_id" in session


def viewer_of_request() -> Viewer | None:
    """The viewer that the guard let in, for callbacks and routes; None where no session is needed."""
    viewer: Viewer | None = g.get("viewer")
    return viewer


def csrf_token() -> str:
    """The token that a form of this session must carry."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def is_own_form(text: str | None) -> bool:
    """Whether a form carries the token of this session."""
    return bool(text) and "csrf" in session and secrets.compare_digest(str(text).encode(), session["csrf"].encode())


def _is_over(services: Services, account: User) -> bool:
    """Whether the session is past its idle or absolute limit; notes that it was seen when it is not."""
    now = services.clock()
    try:
        started = datetime.fromtimestamp(session["started"], UTC)
        seen = datetime.fromtimestamp(session["seen"], UTC)
    except (KeyError, TypeError, ValueError):
        return True
    if now - started >= services.settings.session:
        return True
    # The wall is looked at for hours without a touch.
    if now - seen >= services.settings.idle and account.role is not Role.WALL:
        return True
    if now - seen >= SEEN_EVERY and request.path not in PASSIVE and UNATTENDED not in request.headers:
        session["seen"] = now.timestamp()
    return False
