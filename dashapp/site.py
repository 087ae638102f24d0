"""How the site is put together: a Flask server that checks every request, and Dash upon it."""

import gc
import html
import json
import re
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import dash
import dash_ag_grid
from dash.development.base_component import Component, ComponentRegistry
from dash.fingerprint import build_fingerprint
from flask import Flask, g, has_request_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

import callbacks
from dashapp import auth, compression, demo_users, files, guard, headers, health, login_page, logs, messages
from dashapp.services import Services, build_services
from dashapp.settings import Settings
from layouts import registry, shell

GRID_SCRIPT = "dash_ag_grid.min.js"
# Dash's script that stands in for what browsers lacked years ago: ours have all of it, and theirs is faster.
POLYFILL = re.compile(r'<script src="[^"]*/deps/polyfill@[^"]*"></script>\n?')
# Dash's own page without the script for browsers that are gone, with the language of the site, and with the site's files.
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
{%css%}
<link rel="stylesheet" href="STYLES">
AHEAD
<link id="plotly" rel="preload" as="script" href="PLOTLY">
<link id="grid" rel="prefetch" as="script" href="GRID">
</head>
<body>
{%app_entry%}
<footer>
{%config%}
<script src="SCRIPTS"></script>
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


def create_app(settings: Settings, services: Services | None = None) -> dash.Dash:
    """The whole site, ready to serve.  Tests hand over ``services`` with parts of their own."""
    logs.configure(settings.log_level)
    ready = services or build_services(settings)
    if settings.demo:
        demo_users.ensure(ready.appdb, ready.clock())
    sent = files.of_every_page()
    server = create_server(ready, sent)
    app = Site(
        "clientscope",
        server=server,
        assets_folder=str(files.ASSETS),
        assets_ignore=".*",  # they come together, as the index names them
        index_string=index_page(sent),
        title="Clientscope",
        update_title=None,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        enable_mcp=False,
        use_async=False,
    )
    load_later(app)
    app.layout = frame_of_request
    problems = registry.validate()
    if problems:
        raise ValueError("The pages are declared wrongly: " + "; ".join(problems))
    callbacks.register(app, ready.desk)
    # What runs in the browser is on Dash's list too, but the server has no answer for it.
    server.config[guard.KNOWN_CALLBACKS] = {name: one for name, one in app.callback_map.items() if "callback" in one}
    messages.install_after_dash(server)
    server.config[headers.POLICY] = headers.content_policy(app.csp_hashes())
    return app


class Site(dash.Dash):
    """Dash, with a page that loads no more than it needs."""

    def interpolate_index(self, **parts: str) -> str:
        """The page's text, made of its parts."""
        index: str = super().interpolate_index(**{**parts, "scripts": POLYFILL.sub("", parts["scripts"])})
        return index.replace("AHEAD", ahead_script(), 1)


def ahead_script() -> str:
    """The script that asks for figures before Dash does; it is told of the pages that the viewer may see."""
    viewer = auth.viewer_of_request() if has_request_context() else None
    pages = json.dumps(registry.in_the_browser(viewer.role) if viewer else [])
    return f'<script src="{files.asset_address("ahead.js")}" data-pages="{html.escape(pages)}"></script>'


def index_page(sent: dict[str, files.Sent]) -> str:
    """The page around Dash, with the addresses of what it loads; Plotly and the grid run when their time comes."""
    addresses = {
        "STYLES": sent["site.css"].address,
        "SCRIPTS": sent["site.js"].address,
        "PLOTLY": sent["plotly.js"].address,
        "GRID": script_address(dash_ag_grid, GRID_SCRIPT),
    }
    return re.sub("|".join(addresses), lambda found: addresses[found[0]], INDEX)


def script_address(package: ModuleType, path: str) -> str:
    """The address of a package's script, with its version and age so that browsers may keep it."""
    file = Path(package.__file__ or "").parent / path
    marked = build_fingerprint(path, package.__version__, int(file.stat().st_mtime))
    return f"/_dash-component-suites/{package.__name__}/{marked}"


def load_later(app: dash.Dash) -> None:
    """Keep the grid's script, which is large and only needed for records, out of the page, but serve it."""
    if dash_ag_grid.__name__ in ComponentRegistry.registry:
        ComponentRegistry.registry.discard(dash_ag_grid.__name__)
    app.registered_paths[dash_ag_grid.__name__].update({GRID_SCRIPT, "async-community.js"})


def frame_of_request() -> Component:
    """The frame for who asks; Dash also looks at it once for itself, outside of any request."""
    viewer = auth.viewer_of_request() if has_request_context() else None
    if viewer is None:
        return shell.layout(None, "")
    account = g.get("account")
    # The browser asks for the frame from the page it is on; without that the page follows a moment later.
    page = registry.page_at(urlsplit(request.headers.get("Referer", "")).path, viewer.role)
    return shell.layout(viewer, account.name if account else viewer.login, page)


def create_server(services: Services, sent: dict[str, files.Sent]) -> Flask:
    """The Flask server with sessions, the guard, log-in, probes and headers, but without Dash."""
    server = Flask("dashapp", static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024
    if services.settings.trusted_proxies:
        count = services.settings.trusted_proxies
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    server.jinja_env.globals.update(asset=files.asset_address, sent=sent)
    auth.install(server, services)
    compression.install(server)
    headers.install(server)
    files.install(server, sent)
    guard.install(server, services)
    messages.install(server)
    health.install(server, services)
    login_page.install(server, services)
    return server


def warm_up(app: dash.Dash) -> None:
    """Let Dash do its first-request work now, which under several threads could fail, and compress what every page loads."""
    client = app.server.test_client()
    client.get("/healthz")
    app.index()
    # Compressing Plotly takes longer than all else that the first visitor waits for.
    for file in files.of_every_page().values():
        client.get(file.address, headers={"Accept-Encoding": "br"})
    # What is there by now stays: looking through it for garbage again and again would hold requests up.
    gc.collect()
    gc.freeze()
