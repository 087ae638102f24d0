"""The headers of every answer: what a browser may load, frame, keep and tell others."""

from collections.abc import Sequence

from dash.fingerprint import check_fingerprint
from flask import Flask, current_app, request
from flask.wrappers import Response

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR = "public, max-age=31536000, immutable"
SUITES = "/_dash-component-suites/"
ASSETS = "/assets/"
POLICY = "CONTENT_SECURITY_POLICY"


def content_policy(script_hashes: Sequence[str] = ()) -> str:
    """The content security policy: everything from here, inline scripts only by their hash.

    Styles may stand inline because Plotly and the grid set them on elements.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


def install(server: Flask) -> None:
    """Put the headers on every answer of the server."""
    server.config.setdefault(POLICY, content_policy())
    server.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add security and cache headers to one answer."""
    response.headers.update(FIXED)
    response.headers["Content-Security-Policy"] = current_app.config[POLICY]
    if request.is_secure and current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Cache-Control"] = cache_rule(response)
    response.headers.pop("Server-Timing", None)
    return response


def cache_rule(response: Response) -> str:
    """How long a browser may keep an answer: a fingerprinted file for ever, data not at all."""
    if response.status_code not in (200, 206, 304):
        return "no-store"
    if request.path.startswith(SUITES):
        return ONE_YEAR if check_fingerprint(request.path)[1] else "public, no-cache"
    if request.path.startswith(ASSETS):
        # Dash and the templates add the time of the last change as ?m=….
        return ONE_YEAR if request.args.get("m") else "public, max-age=3600"
    return "no-store"
