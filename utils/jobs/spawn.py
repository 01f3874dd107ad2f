"""Work that goes on after its request has been answered: a greenlet under gunicorn, else a thread.

What must survive a restart belongs into `utils/jobs/queue.py` instead.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from models import database
from utils.http import logs

log = logging.getLogger("lightwell.jobs")

_Result = TypeVar("_Result")

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
    number, work, carried = next(_numbers), Running(getattr(fn, "__qualname__", repr(fn))), logs.carried(fn)

    def run() -> None:
        try:
            carried(*args, **kwargs)
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


def result_of(fn: Callable[..., _Result], *args: Any) -> Callable[[], _Result]:
    """Runs `fn` beside the caller; the call that is returned waits for its result, or raises what it raised."""
    results: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(fn(*args))
        except Exception as error:  # noqa: BLE001 - raised again by the waiting side
            errors.append(error)

    work = spawn(run)

    def wait() -> _Result:
        work.wait()
        if errors:
            raise errors[0]
        return results[0]

    return wait


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
