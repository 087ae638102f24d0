"""Two probes: is the process alive, and can it do its work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask, jsonify
from flask.wrappers import Response

from dashapp.services import Services
from data_layer.appdb.engine import ping

PROBE_SECONDS = 2.0


def install(server: Flask, services: Services) -> None:
    """Add ``/healthz`` and ``/readyz``.  They say nothing but names and states, for they need no session."""
    probes = {"application database": lambda: ask_database(services), **services.probes}
    # Own threads, so that a subject that never answers holds up these and not the site's.
    workers = ThreadPoolExecutor(max_workers=2 * len(probes), thread_name_prefix="probe")

    @server.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @server.get("/readyz")
    def readyz() -> tuple[Response, int]:
        states = run_probes(workers, probes)
        ready = all(state == "ok" for state in states.values())
        return jsonify(status="ready" if ready else "not ready", **states), 200 if ready else 503


def run_probes(workers: ThreadPoolExecutor, probes: dict[str, Callable[[], None]]) -> dict[str, str]:
    """The state of each subject, asked at the same time, none waited for longer than two seconds."""
    asked: dict[str, Future[None]] = {name: workers.submit(probe) for name, probe in probes.items()}
    wait(asked.values(), timeout=PROBE_SECONDS)
    for future in asked.values():
        future.cancel()
    return {name: _state(future) for name, future in asked.items()}


def ask_database(services: Services) -> None:
    """Raise when the application database does not answer."""
    ping(services.appdb)


def _state(future: Future[None]) -> str:
    if future.cancelled() or not future.done():
        return "no answer"
    return "not reachable" if future.exception() else "ok"
