"""Noticing that an API client hung up while its provider is still silent: the provider is told to stop
(chat.md section 8). A client that leaves between tokens is noticed by the next write anyway.
"""

import socket
from collections.abc import Callable

from flask import has_request_context, request

from models.large import is_cooperative


def watch(hang_up: Callable[[], None]) -> Callable[[], None]:
    """Calls `hang_up` when the client of the current request leaves; returns what ends the watch.

    Only under gevent, where waiting costs a few hundred bytes; elsewhere it does nothing.
    """
    client = request.environ.get("gunicorn.socket") if has_request_context() else None
    if client is None or not is_cooperative():
        return _nothing
    import gevent  # noqa: PLC0415 - only under gevent
    from gevent.socket import wait_read  # noqa: PLC0415

    def wait() -> None:
        try:
            wait_read(client.fileno())
            left = client.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            left = True
        if left:
            hang_up()

    watching = gevent.spawn(wait)
    return lambda: watching.kill(block=False)


def _nothing() -> None:
    """Nothing was watched."""
