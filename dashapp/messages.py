"""Refusals and failures: a page for a person, JSON for a script, one line in the log with the same id."""

import logging
import secrets
import traceback

from dash.exceptions import DependencyException, InvalidResourceError
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

TITLES = {
    400: "Not understood",
    401: "Not logged in",
    403: "Not for this account",
    404: "Not found",
    405: "Not possible",
    413: "Too large",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "Not available just now",
}
SENTENCES = {
    400: "The request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    413: "What was sent is too large.",
}
log = logging.getLogger("clientscope")
# As in assets/10_theme.js.
THEME_COOKIE = "clientscope-theme"
THEMES = ("light", "dark")


def install(server: Flask) -> None:
    """Answer every error of the server in the site's own words."""
    server.register_error_handler(Exception, unexpected)
    server.register_error_handler(HTTPException, expected)
    server.context_processor(lambda: {"theme": chosen_theme()})


def chosen_theme() -> str | None:
    """The theme that this browser's user chose; None where nobody did: then the system's."""
    theme = request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else None


def install_after_dash(server: Flask) -> None:
    """Replace Dash's answers to wrong file names, which list every package and path there is."""
    server.register_error_handler(DependencyException, _no_such_file)
    server.register_error_handler(InvalidResourceError, _no_such_file)


def answer(status: int, message: str, as_page: bool, error_id: str | None = None) -> Response:
    """One message in the form that its reader can use."""
    if not as_page:
        return as_json(status, message, error_id)
    title = TITLES.get(status, "Not possible")
    page = render_template("message.html", title=title, message=message, status=status, error_id=error_id)
    return make_response(page, status)


def as_json(status: int, message: str, error_id: str | None = None) -> Response:
    """A message for a script."""
    response = jsonify({"message": message} | ({"id": error_id} if error_id else {}))
    response.status_code = status
    return response


def report(error: BaseException) -> str:
    """Log an error in one line; the id returned stands in the line and in front of the person."""
    error_id = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    trail = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    text = " ".join(str(error).split())[:500]
    log.error("%s %s %s %s: %s [%s]", error_id, request.method, request.path, type(error).__name__, text, trail)
    return error_id


def unexpected(error: Exception) -> ResponseReturnValue:
    """An error that nobody foresaw: logged, and told without its text."""
    error_id = report(error)
    message = "The site could not do this. Try again; if it stays so, give an administrator the id below."
    return answer(500, message, _is_navigation(), error_id)


def unavailable(error: Exception) -> ResponseReturnValue:
    """The application database is away: nobody can be recognised, so nothing is shown."""
    error_id = report(error)
    response = answer(
        503, "The site cannot reach its user database. Try again in a minute.", _is_navigation(), error_id
    )
    response.headers["Retry-After"] = "15"
    return response


def expected(error: HTTPException) -> ResponseReturnValue:
    """A refusal by status; what Werkzeug says about it stays inside."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    if error.code >= 500:
        return unexpected(error)
    return answer(error.code, SENTENCES.get(error.code, "This is not possible."), _is_navigation())


def _no_such_file(_error: Exception) -> ResponseReturnValue:
    return as_json(404, SENTENCES[404])


def _is_navigation() -> bool:
    return not request.path.startswith("/_") and "text/html" in request.headers.get("Accept", "")
