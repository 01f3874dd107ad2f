"""What is large enough to hold others up, and the two ways of not doing so: the thread pool, and a pause."""

import sys
from collections.abc import Callable
from typing import Any

LARGE = 2**20
"""From this size on (bytes) text is read, written, decoded and encoded so that others are not held up."""

_FIRST = 2
"""The event loop's highest priority: what is idle with it goes on after one look at all sockets, however busy it is."""


def is_cooperative() -> bool:
    """Whether this process runs on gevent (patched in gunicorn.conf.py, before any import)."""
    # where another thread is just importing it, for a library that would work with both, it is there without its names
    patched = getattr(sys.modules.get("gevent.monkey"), "is_module_patched", None)
    return bool(patched and patched("socket"))


def aside(call: Callable[..., Any], *args: Any) -> Any:
    """What `call(*args)` returns or raises; under gevent it runs in the hub's thread pool, so that
    more than 5 ms of it stop nobody. It must not touch a socket or `flask.g`."""
    if not is_cooperative():
        return call(*args)
    import gevent  # noqa: PLC0415 - only under gevent

    done, outcome = gevent.get_hub().threadpool.apply(_outcome, (call, args))
    if not done:
        raise outcome
    return outcome


def _outcome(call: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, call(*args)
    except Exception as error:  # noqa: BLE001 - raised again by the caller; the pool would print it as well
        return False, error


def breathe(size: int) -> None:
    """Between two steps on something of `size` bytes: lets others go on if it is large, those too that wait for a
    socket. (A sleep of no seconds would not: up to 50 of them go by before the loop looks at sockets again.)"""
    if size >= LARGE and is_cooperative():
        import gevent  # noqa: PLC0415 - only under gevent

        gevent.idle(_FIRST)
