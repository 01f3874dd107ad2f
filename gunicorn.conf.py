"""gunicorn: gevent workers carry the concurrency. Patching comes before every other import."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402

from config import load  # noqa: E402

_settings = load()

wsgi_app = "app:app"
bind = f"{_settings.host}:{_settings.port}"
worker_class = "gevent"
workers = _settings.web_concurrency
worker_connections = 2000
# an idle worker heartbeats by itself; this is the bound for one that hangs
timeout = 120
# how long running replies may take to finish after SIGTERM; what is left then is saved and marked
graceful_timeout = int(os.environ.get("LIGHTWELL_GRACE_SECONDS", "25"))
keepalive = 75
limit_request_line = 8190
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "*")
accesslog = None
errorlog = "-"
loglevel = "warning"
# the master does not load the app: one copy of it in memory, in the worker
preload_app = False
