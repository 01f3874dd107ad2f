"""The process's one clock for shared pools: says that its sockets live, and, where it is the one of
all processes that holds the lock, sweeps up what dead ones left (data.md section 6)."""

import logging
import threading

from utils.cluster.locks import Leadership
from utils.realtime import sessions, usage

log = logging.getLogger("lightwell.realtime")

INTERVAL = 25.0

_started = threading.Lock()


def start() -> None:
    """Starts the clock, once a process."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_run, name="keeper", daemon=True).start()


def _run() -> None:
    of_sessions, of_usage = Leadership("session_cleanup_lock"), Leadership("usage_cleanup_lock")
    pause = threading.Event()
    while not pause.wait(INTERVAL):
        try:
            sessions.refresh()
            if of_sessions.held():
                sessions.reap()
            if of_usage.held():
                usage.reap()
            else:
                usage.forget_local()
        except Exception:
            log.exception("the shared pools could not be kept")
