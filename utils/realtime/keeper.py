"""The process's one clock for shared pools: says that its sockets live, and, where it is the one of
all processes that holds the lock, sweeps up what dead ones left (data.md section 6)."""

import logging
import threading

import socketio

from utils.auth import secret
from utils.cluster import clock, members
from utils.cluster.locks import Leadership
from utils.realtime import guard, server, sessions, usage

log = logging.getLogger("lightwell.realtime")

INTERVAL = 25.0

_locks = Leadership("session_cleanup_lock"), Leadership("usage_cleanup_lock")
_started = threading.Lock()


def start() -> None:
    """Starts the clock, once a process."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_run, name="keeper", daemon=True).start()


def stop(seconds: float = 2.0) -> None:
    """Sends what waits to be sent to other processes, lets them sweep, and drops this one's sockets,
    which come back elsewhere: the last thing before the process ends."""
    sockets = server.current()
    for lock in _locks:
        lock.release()
    for session in sessions.local():
        sessions.forget(session.sid)
    members.leave()
    if isinstance(sockets.manager, socketio.PubSubManager):
        sockets.manager.flush(seconds)  # type: ignore[attr-defined]
    # not by a word of Socket.IO, so that pages take it for a cut line and keep trying
    sockets.eio.disconnect()


def _run() -> None:
    of_sessions, of_usage = _locks
    pause = threading.Event()
    clock.agree()
    members.announce(secret.current())
    while not pause.wait(INTERVAL):
        try:
            clock.agree()
            members.announce(secret.current())
            guard.sweep()
            sessions.refresh()
            if of_sessions.held():
                sessions.reap()
            if of_usage.held():
                usage.reap()
            else:
                usage.forget_local()
        except Exception:
            log.exception("the shared pools could not be kept")
