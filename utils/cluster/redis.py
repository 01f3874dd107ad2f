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

from config import Settings
from utils.cluster import connect
from utils.cluster.connect import Address
from utils.settings import environment

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger("lightwell.redis")

PAUSE = 1.0
"""Seconds after a failure during which nobody tries again; longer where the failure took long to show."""

_away: dict[Address, float] = {}
_known: list[tuple[Settings, tuple[Address | None, Address | None]]] = []


@functools.cache
def _client(address: Address) -> "Redis":
    return connect.client(address, environment.current(), decode_responses=True)


def failures() -> tuple[type[Exception], ...]:
    """What a call to a Redis that is away or unfit raises."""
    import redis  # noqa: PLC0415 - only where Redis is configured

    return (redis.RedisError, OSError)


def application() -> Address | None:
    """Where the application's Redis is, or None."""
    return _addresses()[0]


def sockets() -> Address | None:
    """Where the sockets' Redis is; None where this process is alone."""
    return _addresses()[1]


def _addresses() -> tuple[Address | None, Address | None]:
    settings = environment.current()
    if not _known or _known[0][0] is not settings:
        _known[:] = [(settings, (connect.of_application(settings), connect.of_sockets(settings)))]
    return _known[0][1]


def client() -> "Redis | None":
    """The application's Redis, or None. Its calls raise `failures()`; see `ask`."""
    address = application()
    return _client(address) if address else None


def socket_client() -> "Redis | None":
    """The sockets' Redis, or None. Its calls raise `failures()`; see `ask_sockets`."""
    address = sockets()
    return _client(address) if address else None


def ask(call: Callable[[Any], Any], otherwise: Any) -> Any:
    """What `call` gets from the application's Redis; `otherwise` where there is none or it is away."""
    return _ask(application(), call, otherwise)


def ask_sockets(call: Callable[[Any], Any], otherwise: Any) -> Any:
    """`ask` for the sockets' Redis."""
    return _ask(sockets(), call, otherwise)


def _ask(address: Address | None, call: Callable[[Any], Any], otherwise: Any) -> Any:
    if address is None or time.monotonic() < _away.get(address, 0):
        return otherwise
    begun = time.monotonic()
    try:
        answer = call(_client(address))
    except failures() as error:
        if address not in _away:
            log.error("Redis does not answer, this process goes on alone until it does: %s", _brief(error))
        # one that hangs would otherwise hold up everybody most of the time
        _away[address] = time.monotonic() + max(PAUSE, 4 * (time.monotonic() - begun))
        return otherwise
    if _away and _away.pop(address, None) is not None:
        log.warning("Redis answers again")
    return answer


def _brief(error: Exception) -> str:
    """What a client says, without the makings of the clients of all Sentinels."""
    return str(error).partition(" : <redis")[0]


def fault() -> str | None:
    """What keeps the configured Redis servers from serving, or None."""
    for address in dict.fromkeys(_addresses()):
        try:
            if address:
                _client(address).ping()
        except failures() as error:
            return f"Redis does not answer: {_brief(error)}"
    return None


class RedisUnfit(RuntimeError):
    """The configured Redis cannot serve, and waiting will not help; the text names the remedy."""


def check() -> None:
    """Tries what is needed of the configured Redis servers, at the start.

    Raises `RedisUnfit` for a bad address, bad credentials or missing commands. One that does not answer
    is logged only: it may come yet, and everything but the other processes works without it.
    """
    for address in dict.fromkeys(_addresses()):
        if address:
            _check(address)


_WITH_PASSWORD = "redis://:password@host:6379/0"
_PROBES = {
    "SET": ("{key}", "1", "NX", "EX", "5"),
    "APPEND": ("{key}", "1"),
    "EVAL": ("return redis.call('expire', KEYS[1], 5)", "1", "{key}"),
    "HSET": ("{key}:hash", "field", "1"),
    "ZADD": ("{key}:sorted", "1", "member"),
    "SADD": ("{key}:set", "member"),
    "LPUSH": ("{key}:list", "member"),
    "MGET": ("{key}", "{key}:none"),
    "SCAN": ("0", "MATCH", "{key}", "COUNT", "1"),
    "TIME": (),
    "DEL": ("{key}", "{key}:hash", "{key}:sorted", "{key}:set", "{key}:list"),
    "PUBLISH": ("{key}", "1"),
}


def _check(address: Address) -> None:
    from redis.exceptions import (  # noqa: PLC0415 - as above
        AuthenticationError,
        InvalidResponse,
        NoPermissionError,
    )

    variable = address.variable
    try:
        refused = _refused(_client(address))
    except (ValueError, TypeError) as error:
        raise RedisUnfit(f"{variable} cannot be used: {error}. Write redis://host:6379/0 or rediss://….") from error
    except (AuthenticationError, NoPermissionError) as error:
        if "required" in str(error):
            raise RedisUnfit(f"Redis asks for a password: write it into {variable}, {_WITH_PASSWORD}.") from error
        raise RedisUnfit(f"Redis refused the credentials in {variable} ({error}). Check user and password.") from error
    except InvalidResponse as error:
        raise RedisUnfit(f"What answers at {variable} is no Redis ({error}). Check host and port.") from error
    except failures() as error:
        _judge_silence(address, error)
        return
    if refused:
        raise RedisUnfit(
            f"The Redis in {variable} refuses {', '.join(refused)} ({next(iter(refused.values()))}). Use Redis 5 or "
            "newer (or Valkey), not a read-only replica, and a user that may run them on keys and channels of any name."
        )


def _refused(client: Any) -> dict[str, str]:
    """The commands that this Redis does not let us have, with what it says."""
    from redis.exceptions import ResponseError  # noqa: PLC0415 - as above

    pipe, probe = client.pipeline(transaction=False), key("lightwell", "probe")
    for name, arguments in _PROBES.items():
        pipe.execute_command(name, *(one.replace("{key}", probe) for one in arguments))
    answers = dict(zip(_PROBES, pipe.execute(raise_on_error=False), strict=True))
    refused = {name: str(answer) for name, answer in answers.items() if isinstance(answer, ResponseError)}
    with client.pubsub() as pubsub:
        try:
            pubsub.subscribe(probe)
            pubsub.parse_response()
        except ResponseError as error:
            refused["SUBSCRIBE"] = str(error)
    return refused


def _judge_silence(address: Address, error: Exception) -> None:
    """One that may come yet is logged; raises `RedisUnfit` for what waiting does not heal."""
    variable = address.variable
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        raise RedisUnfit(
            f"The certificate of the Redis in {variable} is not one that this machine trusts. Add ?ssl_ca_certs=FILE "
            "to the address, or, on a network that you trust, set LIGHTWELL_REDIS_TLS_VERIFY=false."
        ) from error
    if address.sentinels and connect.sentinels_refuse(_client(address)):
        raise RedisUnfit(
            f"The Sentinels of the Redis in {variable} ask for a password, and what {variable} holds is not theirs. "
            "Redis and its Sentinels have to take the same one."
        ) from error
    hint = (
        f"the Sentinels run, that they are those of REDIS_SENTINEL_HOSTS, and that the host in {variable} is the "
        "master's name"
        if address.sentinels
        else f"it runs and that {variable} is right (rediss:// where it speaks TLS, redis:// where not)"
    )
    log.error(
        "Redis does not answer; until it does, this process serves alone and other processes do not hear of its "
        "work. Check that %s. (%s)",
        hint,
        _brief(error),
    )


def key(*parts: Any) -> str:
    """A key or channel under the shared prefix."""
    return ":".join((environment.current().redis_key_prefix, *map(str, parts)))


def forget() -> None:
    """Drops the clients: after a fork, and between tests."""
    _client.cache_clear()
    _known.clear()
    _away.clear()
