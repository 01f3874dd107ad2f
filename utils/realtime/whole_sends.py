"""WebSocket messages that leave whole.

simple-websocket writes a message with one `send`, which under gevent takes as much as the connection's
buffer holds: the rest of a large event, or of any event to a slow client, would be missing, and answers
to pings would go out in its middle.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

import gevent

_SOCKET = "gunicorn.socket"


class _WholeSends:
    """A socket whose `send` takes everything, one caller after the other; the rest is the socket's own."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._seconds, self._lock = sock, seconds, threading.Lock()

    def send(self, data: bytes) -> int:
        """Sends all of it. Raises `OSError`, with the connection ended, where the other side takes nothing."""
        try:
            with gevent.Timeout(self._seconds, OSError("the client takes nothing")), self._lock:
                self._sock.sendall(data)
        except OSError:
            # half of a message is out: nothing that follows could be understood
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
            raise
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def whole_sends(app: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """`app` with such a socket in its WSGI environment, under gunicorn; `seconds` bounds each message."""

    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if _SOCKET in environ and environ.get("HTTP_UPGRADE"):
            environ[_SOCKET] = _WholeSends(environ[_SOCKET], seconds)
        return app(environ, start_response)

    return called
