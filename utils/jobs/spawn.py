"""Work that goes on after its request has been answered: a greenlet under gunicorn, else a thread.

What must survive a restart belongs into `utils/jobs/queue.py` instead.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from models import database
from utils.http import logs

log = logging.getLogger("lightwell.jobs")

_running: dict[int, "Running"] = {}
_numbers = itertools.count()
_changed = threading.Condition()


class Running:
    """A piece of work under way. `name` is the function's; `wait(seconds)` says whether it ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started = time.monotonic()
        self._ended = threading.Event()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the work ended, at most so long."""
        return self._ended.wait(seconds)


def spawn(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Running:
    """Runs `fn` beside the caller, with the caller's request id in its logs.

    It has no request context. Its database connection opens at its first query and goes back to the
    pool when it ends (or earlier, by `models.database.release()`); a failure is logged, not raised.
    """
    number, work, request_id = next(_numbers), Running(getattr(fn, "__qualname__", repr(fn))), logs.request_id()

    def run() -> None:
        logs.use_request_id(request_id)
        try:
            fn(*args, **kwargs)
        except Exception:
            log.exception("%s failed", work.name)
        finally:
            database.release()
            with _changed:
                _running.pop(number, None)
                _changed.notify_all()
            work._ended.set()

    with _changed:
        _running[number] = work
    threading.Thread(target=run, name=work.name, daemon=True).start()
    return work


def running() -> list[Running]:
    """What is under way in this process, oldest first."""
    with _changed:
        return sorted(_running.values(), key=lambda work: work.started)


def drain(seconds: float) -> list[Running]:
    """Waits until everything spawned has ended, at most so long; returns what has not."""
    deadline = time.monotonic() + seconds
    with _changed:
        while _running and (left := deadline - time.monotonic()) > 0:
            _changed.wait(left)
    return running()
