"""Answers travel compressed; static files are compressed once per process, not once per visit."""

import gzip
from collections.abc import Callable

import brotli
from dash.fingerprint import check_fingerprint
from flask import Flask, request
from flask.wrappers import Response
from flask_compress import Compress

STATIC = ("/assets/", "/_dash-component-suites/")
KINDS = [
    "text/html",
    "text/css",
    "text/csv",
    "text/plain",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
]
SMALLEST = 500
CODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, quality=5),
    "gzip": lambda data: gzip.compress(data, 6),
}


def install(server: Flask) -> None:
    """Compress what the server answers with Brotli or gzip, as the browser accepts."""
    server.config.update(
        COMPRESS_MIMETYPES=KINDS,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br"],
        COMPRESS_MIN_SIZE=SMALLEST,
    )
    Compress(server)
    kept: dict[tuple[str, str, str], bytes] = {}

    # Registered after the general one and so run before it; what it compressed is left alone there.
    @server.after_request
    def compress_static(response: Response) -> Response:
        return _compress_static(response, kept)


def _compress_static(response: Response, kept: dict[tuple[str, str, str], bytes]) -> Response:
    coding = request.accept_encodings.best_match(["br", "gzip"])
    if (
        coding not in CODERS
        or not request.path.startswith(STATIC)
        or response.status_code != 200
        or response.mimetype not in KINDS
    ):
        return response
    etag = response.get_etag()[0] or ""
    # Any fingerprint names the same file: keyed without it, made-up ones cannot fill the memory.
    key = (coding, check_fingerprint(request.path)[0], etag)
    body = kept.get(key)
    if body is None:
        response.direct_passthrough = False
        data = response.get_data()
        if len(data) < SMALLEST:
            return response
        body = kept[key] = CODERS[coding](data)
    _replace_body(response, body)
    response.headers["Content-Encoding"] = coding
    response.vary.add("Accept-Encoding")
    if etag:
        response.set_etag(f"{etag}:{coding}")
        response.make_conditional(request)
    return response


def _replace_body(response: Response, body: bytes) -> None:
    """Put compressed bytes in the place of the file, which is closed."""
    close = getattr(response.response, "close", None)
    response.direct_passthrough = False
    response.set_data(body)
    if close is not None:
        close()
