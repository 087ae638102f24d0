"""One check before every request: who asks, from where, and whether they may."""

from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, current_app, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from dashapp import auth, messages
from dashapp.callback_bodies import is_well_formed
from dashapp.next_page import login_address
from dashapp.services import Services
from data_layer.access import Viewer

# Without a session: the log-in page, what it is styled with, and the probes of the machine that runs the site.
PUBLIC_RULES = frozenset(
    {
        "/assets/<path:filename>",
        "/assets/site.css",
        "/assets/site.js",
        "/assets/plotly.js",
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/login",
        "/healthz",
        "/readyz",
    }
)
# Dash's own routes: what they show is decided page by page and callback by callback.
INNER_RULES = frozenset(
    {"/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_reload-hash", "/_favicon.ico"}
)
ACCOUNT_RULES = frozenset({"/logout", "/session", "/account/timezone"})
PAGE_RULES = frozenset({"/", "/<path:path>"})
KNOWN_CALLBACKS = "KNOWN_CALLBACKS"
CALLBACK_RULE = "/_dash-update-component"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(server: Flask, services: Services) -> None:
    """Register the check; it must come before Dash, whose own first-request work would else run unguarded."""

    @server.before_request
    def guard() -> ResponseReturnValue | None:
        return check(services)


def check(services: Services) -> ResponseReturnValue | None:
    """Refuse the current request with an answer, or return None to let it go on with ``g.viewer`` set."""
    rule = request.url_rule.rule if request.url_rule else None
    if request.method not in SAFE_METHODS and is_foreign(request):
        return refuse(403, "This request came from another site and was refused.")
    if rule is not None and (rule in PUBLIC_RULES or rule in services.public_rules):
        return None
    try:
        viewer = _identify(services)
    except SQLAlchemyError as error:
        return messages.unavailable(error)
    if viewer is None:
        return ask_to_log_in()
    g.viewer = viewer
    return _check_rights(services, viewer, rule)


def is_foreign(incoming: Request) -> bool:
    """Whether a browser sent this on behalf of another site.

    ``Sec-Fetch-Site`` says so itself; older browsers send ``Origin``.  A program sends neither, and has no
    cookie that a foreign page could misuse.
    """
    if incoming.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = incoming.headers.get("Origin")
    if origin is None:
        return False
    return _host_of(origin) != _host_of(f"{incoming.scheme}://{incoming.host}")


def wants_page(incoming: Request) -> bool:
    """Whether a person navigates here, rather than a script that could not follow a redirect to the log-in."""
    if incoming.method not in ("GET", "HEAD") or incoming.path.startswith("/_"):
        return False
    if incoming.headers.get("X-Requested-With") or incoming.headers.get("Sec-Fetch-Dest", "document") != "document":
        return False
    return "text/html" in incoming.headers.get("Accept", "")


def ask_to_log_in() -> ResponseReturnValue:
    """Send a person to the log-in page; tell a script with 401, since a redirect would hang it."""
    if wants_page(request):
        # What the server hands out has its escapes resolved; an id in a path may need them.
        wanted = quote(request.path) + ("?" + request.query_string.decode("latin-1") if request.query_string else "")
        return redirect(login_address(wanted))
    answer = jsonify(login="/login", message="Log in to see this.")
    answer.status_code = 401
    return answer


def refuse(status: int, message: str) -> ResponseReturnValue:
    """A refusal as a page for a person, as JSON for a script."""
    return messages.answer(status, message, as_page=wants_page(request))


def _identify(services: Services) -> Viewer | None:
    account = auth.account_of_request(services)
    if account is not None:
        g.account = account
        return account.viewer
    return services.identify_device(request)


def _check_rights(services: Services, viewer: Viewer, rule: str | None) -> ResponseReturnValue | None:
    if rule is None or rule in INNER_RULES or rule in ACCOUNT_RULES:
        return _check_callback(services, viewer) if rule == CALLBACK_RULE else None
    if rule in PAGE_RULES and not services.is_page(request.path):
        return refuse(404, "There is no page at this address.")
    if not services.may_see(viewer, request.path):
        return refuse(403, "Your role does not include this page. An administrator can change that.")
    if rule in PAGE_RULES and not services.is_there(viewer, request.path):
        return refuse(404, "There is nothing with this number among what you may see.")
    return None


def _check_callback(services: Services, viewer: Viewer) -> Response | None:
    body = request.get_json(silent=True)
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, str):
        return messages.as_json(400, "This is not a callback.")
    if not services.may_call(viewer, output):
        return messages.as_json(403, "Your role does not include this.")
    known = current_app.config.get(KNOWN_CALLBACKS)
    if known is not None and output not in known:
        return messages.as_json(404, "There is no such callback.")
    if known is not None and not is_well_formed(body, known[output]):
        return messages.as_json(400, "This is not a callback.")
    return None


def _host_of(origin: str) -> tuple[str | None, int | None] | None:
    """Host and port of an origin, with the port its scheme implies; None when it names no host.

    The scheme itself is not compared: behind a proxy that ends TLS the site sees another one than the browser.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return None
    return parts.hostname.lower(), None if port in (80, 443, None) else port
