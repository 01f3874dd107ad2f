"""Stopping well: what the process does between SIGTERM and its end (gunicorn.conf.py calls `run`).

First everybody stops taking new work; then what runs has its time to finish; at last what has not
finished is saved and marked by its owner.
"""

import logging
import threading
import time
from collections.abc import Callable

from utils.jobs import spawn

log = logging.getLogger("lightwell.jobs")

SAVING_SECONDS = 4.0
"""The part of the grace time that is kept for saving what did not finish."""

_first: list[Callable[[], None]] = []
_last: list[Callable[[], None]] = []
_begun = threading.Event()
_once = threading.Lock()


def on_drain(callback: Callable[[], None], *, last: bool = False) -> None:
    """Registers `callback`: at once when the stop begins (take no new work, must not block), or with
    `last` after the running work had its time: save and mark what is left, within `SAVING_SECONDS`."""
    into = _last if last else _first
    if callback not in into:
        into.append(callback)


def draining() -> bool:
    """Whether this process is about to stop."""
    return _begun.is_set()


def run(seconds: float) -> None:
    """Stops the process's work within so many seconds. Runs once; a second call waits for the first."""
    with _once:
        if _begun.is_set():
            return
        _begun.set()
        end = time.monotonic() + seconds
        _call(_first)
        left = spawn.drain(max(seconds - SAVING_SECONDS, 0))
        _call(_last)
        left = spawn.drain(max(end - time.monotonic(), 0)) if left else left
        for work in left:
            log.warning("%s did not end within the grace time of %g s", work.name, seconds)


def _call(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception:
            log.exception("%s failed while stopping", callback.__qualname__)


def reset() -> None:
    """Forgets that the process was stopping: for tests."""
    _begun.clear()
