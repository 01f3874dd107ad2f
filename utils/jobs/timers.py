"""What has to happen every so often, once in the whole cluster."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from models import database
from utils.cluster.locks import Leadership, held_seconds
from utils.jobs import drain

log = logging.getLogger("lightwell.jobs")


def every(seconds: float, name: str, fn: Callable[[], Any]) -> None:
    """Calls `fn` every so many seconds, for as long as the process runs, in one process of all: the
    one that holds the lock `name`. Another takes over within a minute when that one dies."""
    threading.Thread(target=_run, args=(seconds, Leadership(f"lightwell:timer:{name}"), fn), daemon=True).start()


def _run(seconds: float, lock: Leadership, fn: Callable[[], Any]) -> None:
    stop = threading.Event()
    drain.on_drain(stop.set)
    waited = 0.0
    # the lock is renewed more often than it expires, however rarely there is something to do
    pause = min(seconds, held_seconds() / 3)
    while not stop.wait(pause):
        waited += pause
        if not lock.held() or waited < seconds:
            continue
        waited = 0.0
        try:
            fn()
        except Exception:
            log.exception("%s failed", lock.name)
        finally:
            database.release()
    lock.release()
