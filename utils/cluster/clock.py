"""Time on which all processes agree, for what is shared or must last: leases, signs of life, limits.

Redis's clock where there is one, else this machine's as it stood when the process started, carried on
by the monotonic clock: somebody who sets a machine's clock makes nothing old or young.
"""

import datetime
import time

from utils.cluster import redis

_ahead = [time.time() - time.monotonic()]


def now() -> float:
    """Seconds since 1970, which pass evenly."""
    return time.monotonic() + _ahead[0]


def utc() -> datetime.datetime:
    """`now` as a date and time."""
    return datetime.datetime.fromtimestamp(now(), datetime.UTC)


def agree() -> None:
    """Sets this clock by Redis's: at the start, and every so often (`utils.realtime.keeper`)."""
    answer = redis.ask_sockets(lambda client: client.time(), None)
    if answer is not None:
        seconds, microseconds = answer
        _ahead[0] = seconds + microseconds / 1e6 - time.monotonic()
