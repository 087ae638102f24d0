"""How gunicorn runs the site; ``dashapp serve`` and ``gunicorn -c python:dashapp.gunicorn_conf wsgi:server`` read it.

Workers load the site themselves (no preloading): DuckDB's connections must not be forked.
"""

from pathlib import Path

from dashapp.settings import Settings

_settings = Settings.from_env()

bind = [f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"]
worker_class = "dashapp.worker.BalancedWorker"
workers = _settings.workers
threads = _settings.threads
preload_app = False
# A worker that does not answer its master for so long is replaced; a slow query is ended by the database layer.
timeout = 60
graceful_timeout = 20
# All that a page shows stands in its address, and many chosen values make it long; this is the most there can be.
limit_request_line = 8190
# Each request is taken by the worker that has the least to do: a browser's connection would tie all of a page to one.
keepalive = 0
# The heartbeat file on a disk that is busy would look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
accesslog = None
errorlog = "-"
loglevel = _settings.log_level.lower()
# The site reads X-Forwarded-* itself, for as many proxies as TRUSTED_PROXIES says.
forwarded_allow_ips = ""
proc_name = "clientscope"
control_socket_disable = True
