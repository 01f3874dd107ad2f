"""gunicorn's gevent worker with an orderly stop: SIGTERM ends the work first, then the connections.

The plain worker waits for every open connection, idle ones and sockets included, and does not know of
work that goes on beside the requests.
"""

import ctypes
import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventWorker

from utils.settings import environment

log = logging.getLogger("lightwell.http")

RESERVE_SECONDS = 3
"""The part of gunicorn's grace time that is left for closing connections before the master kills."""

_LOOK_EVERY = 0.1
_LEAST_RATE = 1000
"""Bytes a second."""
_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
_LARGE, _KEPT = 1 << 20, 4 << 20


class Worker(GeventWorker):
    """Knows which of its connections are between two requests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: set[gevent.Greenlet] = set()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        greenlet = gevent.getcurrent()
        self._idle.add(greenlet)
        try:
            super().handle(listener, client, addr)
        finally:
            self._idle.discard(greenlet)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        greenlet = gevent.getcurrent()
        self._idle.discard(greenlet)
        unread = req.unreader.chunk
        # a body that drips in, or an answer that nobody takes, ends; a WebSocket may be silent
        if not any(name == "UPGRADE" for name, _ in req.headers):
            sock.settimeout(environment.current().slow_client_seconds)
            req.unreader.chunk = _hurried(req, unread)
        try:
            return super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            log.info("a client took nothing of its answer and was cut off")
            raise StopIteration from None
        finally:
            req.unreader.chunk = unread
            sock.settimeout(None)
            self._idle.add(greenlet)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """SIGTERM: no new connections from here on; what runs may finish within the grace time."""
        super().handle_exit(sig, frame)
        grace = max(self.cfg.graceful_timeout - RESERVE_SECONDS, 1)
        self.cfg.set("graceful_timeout", grace)
        gevent.spawn(self._end, grace)

    def _end(self, grace: float) -> None:
        finish_work(grace)
        while True:
            # a request may still be under way; a connection that only might bring another one is closed,
            # by the exception that the plain worker takes for its quiet end
            gevent.killall(list(self._idle), exception=StopIteration, block=False)
            gevent.sleep(_LOOK_EVERY)


def _hurried(req: Any, chunk: Callable[..., bytes]) -> Callable[..., bytes]:
    """Reads a body as `chunk` does. Raises 408, after which the connection ends, where the client is silent for
    `LIGHTWELL_SLOW_CLIENT_SECONDS`, or sends less than `_LEAST_RATE` in the mean beyond these."""
    begun, received = time.monotonic(), 0
    patience = environment.current().slow_client_seconds

    def read(*sizes: Any) -> bytes:
        nonlocal received
        from werkzeug.exceptions import RequestTimeout  # noqa: PLC0415 - the master, which reads this file too

        try:
            piece = chunk(*sizes)
        except TimeoutError:
            req.force_close()
            raise RequestTimeout("The request did not arrive in time.") from None
        received += len(piece)
        if time.monotonic() - begun > patience + received / _LEAST_RATE:
            req.force_close()
            raise RequestTimeout("The request arrives too slowly.")
        return piece

    return read


def finish_work(seconds: float) -> None:
    """Lets the work beside the requests finish, or be saved, within so many seconds."""
    from utils.jobs import drain  # noqa: PLC0415 - the master, which reads this file too, needs none of it

    drain.run(seconds)


def give_memory_back() -> None:
    """Has the C library return large blocks at once: a password's hash takes 19 MB, a long chat as much,
    and both would stay with the process. Of small ones some megabytes stay: to fetch them anew from the kernel is
    up to a quarter of what saving a chat costs. Where there is no glibc nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_ARENA_MAX, 2)
