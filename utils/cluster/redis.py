"""The Redis that processes share, when there is one (data.md section 6). Without it, one process.

Two connections as the other server has them: the application's, and the sockets' (which defaults to
the same address and counts only with `WEBSOCKET_MANAGER=redis`; here `REDIS_URL` alone switches it on).

Redis may go away at any moment. Whoever can do without an answer asks through `ask`, which gives a
default then; the outage is logged once, and for a second nobody else waits for it.
"""

import functools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from utils.settings import environment

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger("lightwell.redis")

PAUSE = 1.0
"""Seconds after a failure during which nobody tries again; longer where the failure took long to show."""

_away: dict[str, float] = {}


@functools.cache
def _client(url: str) -> "Redis":
    import redis  # noqa: PLC0415 - 9 MB that a single process does not need
    from redis.backoff import ConstantBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    return redis.Redis.from_url(
        url,
        decode_responses=True,
        protocol=2,
        socket_connect_timeout=3,
        socket_timeout=5,
        socket_keepalive=True,
        health_check_interval=30,
        # one more try on a fresh connection: an idle one may have been cut by a restart
        retry=Retry(ConstantBackoff(0.02), 1),
    )


def failures() -> tuple[type[Exception], ...]:
    """What a call to a Redis that is away or unfit raises."""
    import redis  # noqa: PLC0415 - only where Redis is configured

    return (redis.RedisError, OSError)


def client() -> "Redis | None":
    """The application's Redis, or None. Its calls raise `failures()`; see `ask`."""
    url = environment.current().redis_url
    return _client(url) if url else None


def socket_url() -> str:
    """Address of the sockets' Redis; empty where this process is alone."""
    settings = environment.current()
    return settings.websocket_redis_url or settings.redis_url


def socket_client() -> "Redis | None":
    """The sockets' Redis, or None. Its calls raise `failures()`; see `ask_sockets`."""
    url = socket_url()
    return _client(url) if url else None


def ask(call: Callable[[Any], Any], otherwise: Any) -> Any:
    """What `call` gets from the application's Redis; `otherwise` where there is none or it is away."""
    return _ask(environment.current().redis_url, call, otherwise)


def ask_sockets(call: Callable[[Any], Any], otherwise: Any) -> Any:
    """`ask` for the sockets' Redis."""
    return _ask(socket_url(), call, otherwise)


def _ask(url: str, call: Callable[[Any], Any], otherwise: Any) -> Any:
    if not url or time.monotonic() < _away.get(url, 0):
        return otherwise
    begun = time.monotonic()
    try:
        answer = call(_client(url))
    except failures() as error:
        if url not in _away:
            log.error("Redis does not answer, this process goes on alone until it does: %s", error)
        # one that hangs would otherwise hold up everybody most of the time
        _away[url] = time.monotonic() + max(PAUSE, 4 * (time.monotonic() - begun))
        return otherwise
    if _away and _away.pop(url, None) is not None:
        log.warning("Redis answers again")
    return answer


def fault() -> str | None:
    """What keeps the configured Redis servers from serving, or None."""
    for url in dict.fromkeys((environment.current().redis_url, socket_url())):
        try:
            if url:
                _client(url).ping()
        except failures() as error:
            return f"Redis does not answer: {error}"
    return None


class RedisUnfit(RuntimeError):
    """The configured Redis cannot serve, and waiting will not help; the text names the remedy."""


def check() -> None:
    """Tries what is needed of the configured Redis servers, at the start.

    Raises `RedisUnfit` for a bad address, bad credentials or missing commands. One that does not answer
    is logged only: it may come yet, and everything but the other processes works without it.
    """
    url, sockets = environment.current().redis_url, socket_url()
    if url:
        _check("REDIS_URL", url)
    if sockets and sockets != url:
        _check("WEBSOCKET_REDIS_URL", sockets)


def _check(variable: str, url: str) -> None:
    from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError  # noqa: PLC0415 - as above

    try:
        pipe = _client(url).pipeline(transaction=False)
        probe = key("lightwell", "probe")
        pipe.set(probe, "1", nx=True, ex=5)
        pipe.append(probe, "1")
        pipe.eval("return redis.call('expire', KEYS[1], 5)", 1, probe)
        pipe.hset(f"{probe}:hash", "field", "1")
        pipe.expire(f"{probe}:hash", 5)
        pipe.publish(probe, "1")
        commands = ("SET", "APPEND", "EVAL", "HSET", "EXPIRE", "PUBLISH")
        refused = {
            name: answer
            for name, answer in zip(commands, pipe.execute(raise_on_error=False), strict=True)
            if isinstance(answer, ResponseError)
        }
    except ValueError as error:
        raise RedisUnfit(f"{variable} cannot be used: {error}. Write redis://host:6379/0 or rediss://….") from error
    except (AuthenticationError, NoPermissionError) as error:
        raise RedisUnfit(f"Redis refused the credentials in {variable} ({error}). Check user and password.") from error
    except failures() as error:
        log.error(
            "Redis does not answer; until it does, this process serves alone and other processes do not hear of its "
            "work. Check that it runs and that %s is right. (%s)",
            variable,
            error,
        )
        return
    if any("authentication" in str(answer).lower() for answer in refused.values()):
        raise RedisUnfit(f"Redis asks for a password: write it into {variable}, redis://:password@host:6379/0.")
    if refused:
        raise RedisUnfit(
            f"The Redis in {variable} refuses {', '.join(refused)} ({next(iter(refused.values()))}). Use Redis 5 or "
            "newer (or Valkey), not a read-only replica, and a user that may run them on keys and channels of any name."
        )


def key(*parts: Any) -> str:
    """A key or channel under the shared prefix."""
    return ":".join((environment.current().redis_key_prefix, *map(str, parts)))


def forget() -> None:
    """Drops the clients: after a fork, and between tests."""
    _client.cache_clear()
    _away.clear()
