"""One process of many: locks that one holds and renews while it lives (data.md section 6)."""

import uuid

from utils.cluster import redis
from utils.settings import environment

_SHORTEST = 60

_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('expire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


def held_seconds() -> int:
    """How long a lock lives that nobody renews. Those who hold one renew it every 25 seconds or so."""
    return max(environment.current().websocket_redis_lock_timeout, _SHORTEST)


class Leadership:
    """`Leadership("session_cleanup_lock").held()`: whether this process is the one, now and for the
    next minute. Without Redis the only process always is; while Redis is away nobody is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._token = str(uuid.uuid4())
        self._held = False

    def held(self) -> bool:
        """Takes or renews the lock. Call it more often than every `held_seconds()`."""
        if redis.sockets() is None:
            return True
        name = redis.key(self.name)
        self._held = redis.ask_sockets(
            lambda client: bool(
                client.set(name, self._token, nx=True, ex=held_seconds())
                or client.eval(_RENEW, 1, name, self._token, held_seconds())
            ),
            False,
        )
        return self._held

    def release(self) -> None:
        """Lets another process have it at once: when this one stops."""
        if not self._held:
            return
        name = redis.key(self.name)
        redis.ask_sockets(lambda client: client.eval(_RELEASE, 1, name, self._token), None)
