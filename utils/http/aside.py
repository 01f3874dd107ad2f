"""Work for the processor, away from the loop that serves everybody else."""

from collections.abc import Callable
from typing import Any

from models.database import is_cooperative


def aside(call: Callable[..., Any], *args: Any) -> Any:
    """What `call(*args)` returns or raises; under gevent it runs in the hub's thread pool, so that
    more than 5 ms of it stop nobody. It must not touch the database, a socket or `flask.g`."""
    if not is_cooperative():
        return call(*args)
    import gevent  # noqa: PLC0415 - only under gevent

    return gevent.get_hub().threadpool.apply(call, args)
