"""Where to go after the log-in: a path of this site and nothing else."""

import re
from urllib.parse import quote, unquote, urlsplit

HOME = "/"
LONGEST = 4000
# What no page lives under: going there after the log-in would show a script or bare figures, log out again, loop, or
# bring a file and leave the log-in page standing.
NO_PAGES = (
    "/login", "/logout", "/session", "/healthz", "/readyz", "/assets", "/generation", "/export", "/stream", "/segments",
    "/views", "/followups", "/_",
)  # fmt: skip
FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")


def safe_next(text: str | None) -> str:
    """The path to go to, or ``/`` for anything that could lead to another site.

    Browsers strip control characters, read a backslash as a slash and two slashes as a host; each of these is
    refused, as written and as decoded.
    """
    if not text or len(text) > LONGEST or FORBIDDEN.search(text):
        return HOME
    # Two slashes are looked for here too: the parser takes ``///host`` for a path, a browser for a host.
    if not text.startswith("/") or text.startswith("//"):
        return HOME
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    path = unquote(unquote(parts.path))
    if parts.scheme or parts.netloc or "//" in path or FORBIDDEN.search(path.replace(" ", "")):
        return HOME
    if any(path == one or path.startswith(one if one == "/_" else one + "/") for one in NO_PAGES):
        return HOME
    return text


def login_address(wanted: str) -> str:
    """The address of the log-in page that leads on to ``wanted``."""
    target = safe_next(wanted)
    return "/login" if target == HOME else f"/login?next={quote(target, safe='/')}"
