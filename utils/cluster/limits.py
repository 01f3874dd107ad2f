"""How often something may be tried: counters by minute, in Redis where there is one (data.md 6)."""

import hashlib
import threading
from typing import Any

from utils.cluster import clock, redis

_MINUTE = 60
_counters: dict[str, dict[int, int]] = {}
_lock = threading.Lock()


def private(name: str) -> str:
    """A stable stand-in for an address or e-mail that should not stand in a key."""
    return hashlib.sha256(name.encode()).hexdigest()


def allow(name: str, tries: int, window: int) -> bool:
    """Counts one try of `name`; False once more than `tries` fell into the last `window` seconds."""
    return _count(name.lower(), window) <= tries


def used(name: str) -> int:
    """Counts one use of `name`; returns how many there were in this minute."""
    return _count(name.lower(), _MINUTE)


def tries(name: str, window: int) -> int:
    """How many tries of `name` fell into the last `window` seconds; counts none."""
    minutes = _minutes(window)

    def shared(client: Any) -> int:
        values = client.mget([redis.key("ratelimit", name.lower(), one) for one in minutes])
        return sum(int(value) for value in values if value)

    if (counted := redis.ask(shared, None)) is not None:
        return counted
    with _lock:
        return sum(count for minute, count in _counters.get(name.lower(), {}).items() if minute in minutes)


def _minutes(window: int) -> range:
    minute = int(clock.now() // _MINUTE)
    return range(minute, minute - max(window // _MINUTE, 1), -1)


def _count(name: str, window: int) -> int:
    minutes = _minutes(window)
    minute = minutes[0]

    def shared(client: Any) -> int | None:
        pipe = client.pipeline()
        current = redis.key("ratelimit", name, minute)
        pipe.incr(current)
        pipe.expire(current, window + _MINUTE)
        pipe.mget([redis.key("ratelimit", name, one) for one in minutes])
        return sum(int(value) for value in pipe.execute()[-1] if value)

    if (counted := redis.ask(shared, None)) is not None:
        return counted
    with _lock:
        if len(_counters) > 10000:
            _drop_old(minute - 60)
        counter = _counters.setdefault(name, {})
        counter[minute] = counter.get(minute, 0) + 1
        for old in [one for one in counter if one not in minutes]:
            del counter[old]
        return sum(counter.values())


def _drop_old(before: int) -> None:
    for name in [name for name, counter in _counters.items() if all(minute < before for minute in counter)]:
        del _counters[name]


def reset() -> None:
    """Forgets this process's counters."""
    with _lock:
        _counters.clear()
