"""The Redis that processes share, when there is one (data.md section 6). Without it, one process.

Two connections as the other server has them: the application's, and the sockets' (which defaults to
the same address and counts only with `WEBSOCKET_MANAGER=redis`; here `REDIS_URL` alone switches it on).
"""

import functools
from typing import TYPE_CHECKING, Any

from utils.settings import environment

if TYPE_CHECKING:
    from redis import Redis


@functools.cache
def _client(url: str) -> "Redis":
    import redis  # noqa: PLC0415 - 9 MB that a single process does not need

    return redis.Redis.from_url(
        url, decode_responses=True, socket_connect_timeout=5, socket_keepalive=True, health_check_interval=30
    )


def client() -> "Redis | None":
    """The application's Redis, or None."""
    url = environment.current().redis_url
    return _client(url) if url else None


def socket_url() -> str:
    """Address of the sockets' Redis; empty where this process is alone."""
    settings = environment.current()
    return settings.websocket_redis_url or settings.redis_url


def socket_client() -> "Redis | None":
    """The sockets' Redis, or None."""
    url = socket_url()
    return _client(url) if url else None


def key(*parts: Any) -> str:
    """A key or channel under the shared prefix."""
    return ":".join((environment.current().redis_key_prefix, *map(str, parts)))


def forget() -> None:
    """Drops the clients: after a fork, and between tests."""
    _client.cache_clear()
