"""gunicorn: gevent workers carry the concurrency. Patching comes before every other import."""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from config import ConfigError, load  # noqa: E402
from utils.jobs.worker import RESERVE_SECONDS, finish_work, give_memory_back  # noqa: E402

try:
    _settings = load()
except ConfigError as error:
    sys.exit(str(error))

wsgi_app = "app:app"
bind = f"{_settings.host}:{_settings.port}"
worker_class = "utils.jobs.worker.Worker"
# Heroku derives WEB_CONCURRENCY from the dyno's size, unasked; elsewhere somebody meant it
_derived = "DYNO" in os.environ and not _settings.redis_url
workers = 1 if _derived else _settings.web_concurrency
worker_connections = 2000
# a worker tells the master that it lives; one that is silent this long hangs and is replaced
timeout = 120
# how long running replies may take to finish after SIGTERM; what is left then is saved and marked
graceful_timeout = int(os.environ.get("LIGHTWELL_GRACE_SECONDS", "25"))
keepalive = 75
limit_request_line = 8190
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "*")
accesslog = None
errorlog = "-"
loglevel = "warning"
# workers are managed by signals, not over a socket of gunicorn's own
control_socket_disable = True
# the master does not load the app: one copy of it in memory, in the worker
preload_app = False


def on_starting(server):
    """Several workers need Redis: refused with the reason, before anything listens."""
    if server.cfg.workers > 1 and not _settings.redis_url:
        sys.exit(
            f"{server.cfg.workers} workers need REDIS_URL: without it they could not deliver each other's events "
            "or stop each other's replies. Set REDIS_URL, or start one worker; it serves many people at once."
        )
    if _derived and _settings.web_concurrency > 1:
        server.log.warning("WEB_CONCURRENCY=%s has no effect without REDIS_URL: 1 worker", _settings.web_concurrency)


# nothing that a start creates is garbage: looking for some while it lasts would be a fifth of its time
gc.disable()


def post_fork(server, worker):
    """Before the worker allocates anything of its own."""
    give_memory_back()
    # what the thread pool computes lets the loop go on soon: it asks for the interpreter at every read and write
    sys.setswitchinterval(0.0005)


def post_worker_init(worker):
    """The worker is ready: from here on only what comes with requests is looked through for garbage."""
    gc.freeze()
    # a body of some hundred messages is thousands of objects, and none of them is garbage yet
    gc.set_threshold(10_000)
    gc.enable()


def worker_int(worker):
    """SIGINT and SIGQUIT: nobody waits, but what runs is saved."""
    finish_work(RESERVE_SECONDS)


def worker_exit(server, worker):
    """However a worker came to its end, nothing is lost that can still be saved."""
    finish_work(max(worker.cfg.graceful_timeout - RESERVE_SECONDS, 1))
