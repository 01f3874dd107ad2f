"""How a Redis is reached: at its address, or at the one that Sentinels name (env.tsv: REDIS_…, WEBSOCKET_…)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from config import ConfigError, Settings
from models import json_codec

if TYPE_CHECKING:
    from redis import Redis

_SENTINEL_PORT = 26379


@dataclass(frozen=True)
class Address:
    """`variable` is where the address was given. With `sentinels`, `host:port` each, the host in `url`
    is what they call the master. `options` is a JSON object of further arguments for the client."""

    variable: str
    url: str
    sentinels: tuple[str, ...] = ()
    sentinel_port: int = _SENTINEL_PORT
    options: str = ""


def of_application(settings: Settings) -> Address | None:
    """The application's Redis, or None. Raises `ConfigError` for a kind that is not supported."""
    if not settings.redis_url:
        return None
    _no_cluster(settings.redis_cluster, "REDIS_CLUSTER")
    return Address("REDIS_URL", settings.redis_url, settings.redis_sentinel_hosts, settings.redis_sentinel_port)


def of_sockets(settings: Settings) -> Address | None:
    """The sockets' Redis: the application's unless one of its own is named. Raises `ConfigError`."""
    own = settings.websocket_redis_url or settings.websocket_sentinel_hosts or settings.websocket_redis_options
    if not own or not (settings.websocket_redis_url or settings.redis_url):
        return of_application(settings)
    _no_cluster(settings.websocket_redis_cluster, "WEBSOCKET_REDIS_CLUSTER")
    if not settings.websocket_redis_url:
        # the same Redis, perhaps through other Sentinels
        hosts = settings.websocket_sentinel_hosts or settings.redis_sentinel_hosts
        port = settings.websocket_sentinel_port if settings.websocket_sentinel_hosts else settings.redis_sentinel_port
        return Address("REDIS_URL", settings.redis_url, hosts, port, settings.websocket_redis_options)
    return Address(
        "WEBSOCKET_REDIS_URL",
        settings.websocket_redis_url,
        settings.websocket_sentinel_hosts,
        settings.websocket_sentinel_port,
        settings.websocket_redis_options,
    )


def _no_cluster(asked: bool, variable: str) -> None:
    if asked:
        raise ConfigError(
            f"{variable}: a Redis Cluster is not supported, its keys cannot be changed together. Use one Redis (or "
            "Valkey), or one with replicas behind Sentinels (REDIS_SENTINEL_HOSTS); many hundred people need no more."
        )


def client(address: Address, settings: Settings, **options: Any) -> "Redis":
    """A client of this Redis; `options` are arguments for it that win over the defaults, not over the
    operator's. Raises `ValueError` for an address, `TypeError` for an option that cannot be meant."""
    import redis  # noqa: PLC0415 - 9 MB that a single process does not need
    from redis.backoff import ConstantBackoff  # noqa: PLC0415 - as above
    from redis.retry import Retry  # noqa: PLC0415 - as above

    # one more try on a fresh connection: an idle one may have been cut by a restart
    tries = settings.redis_sentinel_retries if address.sentinels else 1
    arguments = {
        "protocol": 2,
        "socket_connect_timeout": settings.redis_connect_timeout,
        "socket_timeout": settings.redis_timeout,
        "socket_keepalive": settings.redis_keepalive,
        "health_check_interval": settings.redis_health_check,
        "retry": Retry(ConstantBackoff(settings.redis_reconnect_delay / 1000), tries),
        **({} if settings.redis_tls_verify or not address.url.startswith("rediss:") else {"ssl_cert_reqs": "none"}),
        **options,
        **(json_codec.loads(address.options) if address.options else {}),
    }
    if address.sentinels:
        made = _behind_sentinels(address, arguments)
    else:
        made = redis.Redis.from_url(address.url, **arguments)
    # it lives as long as the process; closing its pool at the very end would wait for a lock that a thread
    # may have held when the interpreter stopped it, for ever
    made.auto_close_connection_pool = False
    return made


def _behind_sentinels(address: Address, arguments: dict[str, Any]) -> "Redis":
    from redis.backoff import ConstantBackoff  # noqa: PLC0415 - as above
    from redis.connection import parse_url  # noqa: PLC0415 - as above
    from redis.retry import Retry  # noqa: PLC0415 - as above
    from redis.sentinel import Sentinel  # noqa: PLC0415 - as above

    parts = dict(parse_url(address.url))
    encrypted = parts.pop("connection_class", None) is not None
    for name in ("host", "port"):
        parts.pop(name, None)
    places = [_place(one, address.sentinel_port) for one in address.sentinels]
    those = {key: value for key, value in arguments.items() if key.startswith(("socket_", "ssl_")) or key == "protocol"}
    # the next Sentinel is the other try
    those["retry"] = Retry(ConstantBackoff(0), 0)
    found = Sentinel([])
    for way in _ways(parts, encrypted):
        found.sentinels += Sentinel(places, sentinel_kwargs={**those, **way}).sentinels
    encryption = {"ssl": True} if encrypted else {}
    return found.master_for(master_name(address.url), **parts, **arguments, **encryption)


def _ways(parts: dict[str, Any], encrypted: bool) -> list[dict[str, Any]]:
    """How a Sentinel may want to be spoken to, the likeliest first: as the master is (the other server gives its
    credentials to both), or openly, as Sentinels are without a configuration of their own. Credentials for an
    encrypted master never go to anybody in the clear."""
    credentials = {name: parts[name] for name in ("username", "password") if parts.get(name)}
    tls = {name: value for name, value in parts.items() if name.startswith("ssl_")} | {"ssl": True}
    ways: list[dict[str, Any]] = [{**tls, **credentials}, tls, {}] if encrypted else [credentials, {}]
    return [way for number, way in enumerate(ways) if way not in ways[:number]]


def master_name(url: str) -> str:
    """What the Sentinels call the master: the host of the URL, in the case in which it was written."""
    return urlsplit(url).netloc.rpartition("@")[2].partition(":")[0] or "mymaster"


def sentinels_refuse(client: "Redis") -> bool:
    """Whether one of the Sentinels by which this client finds its master lets it in by none of the ways."""
    from redis import RedisError  # noqa: PLC0415 - as above
    from redis.exceptions import AuthenticationError  # noqa: PLC0415 - as above

    answers: dict[tuple[str, int], list[bool]] = {}
    for one in client.connection_pool.sentinel_manager.sentinels:  # type: ignore[attr-defined]
        place = one.connection_pool.connection_kwargs
        refused = answers.setdefault((place["host"], place["port"]), [])
        try:
            one.ping()
            refused.append(False)
        except AuthenticationError:
            refused.append(True)
        except RedisError:
            continue
    return any(refused and all(refused) for refused in answers.values())


def _place(sentinel: str, port: int) -> tuple[str, int]:
    host, colon, own = sentinel.rpartition(":")
    return (host, int(own)) if colon and own.isdigit() and ":" not in host else (sentinel, port)
