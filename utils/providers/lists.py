"""What the providers offer: their own model lists, asked in parallel and kept for a moment
(providers.md section 1, merge 1 and 4, caching).

An answer that is the same, byte for byte, gives the same `Offer` object again: whoever merges offers
need not do it anew.
"""

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from models import database, json_codec
from utils.cluster import clock, redis
from utils.http import logs
from utils.providers import client
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.errors import ProviderError
from utils.providers.headers import headers as headers_for
from utils.providers.headers import is_personal
from utils.settings import environment

_SLOW = 1.0
_REST = 30.0
_LARGEST_LIST = 32 * 2**20
_UNWANTED = ("babbage", "dall-e", "davinci", "embedding", "tts", "whisper")


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The models of one connection: entries as the provider worded them. `loaded`: Ollama's running
    models by name, with the time (ISO) until which they stay."""

    connection: Connection
    models: tuple[dict[str, Any], ...]
    loaded: dict[str, str]
    raw: bytes = b""


@dataclass(slots=True)
class _Kept:
    offer: Offer
    at: float
    rest_until: float = 0.0


_kept: dict[tuple[str, ...], _Kept] = {}
_lock = threading.Lock()
_fetching: dict[tuple[str, ...], threading.Lock] = {}
_asked = [0.0]
"""When this process last asked a provider (s since the epoch)."""
_CHANGED = ("providers", "changed")


def offers(
    connections: list[Connection], context: Context, *, refresh: bool = False, any_age: bool = False
) -> tuple[Offer, ...]:
    """The offers of these connections, in their order; a provider that fails offers nothing.

    Answers are kept for MODELS_CACHE_TTL seconds, with `any_age` for as long as the process lives;
    `refresh` asks anew. A host that was slow to fail is left alone for half a minute, unless refreshed.
    """
    keys = [_key(connection, context) for connection in connections]
    moment = time.monotonic()
    found: dict[tuple[str, ...], Offer] = {}
    wanted = []
    for key, connection in zip(keys, connections, strict=True):
        kept = None if refresh else _kept.get(key)
        if kept is not None and _is_fresh(kept, moment, any_age):
            found[key] = kept.offer
        else:
            wanted.append((key, connection))
    if wanted:
        found |= _fetch_all(wanted, context, moment, refresh)
    return tuple(found[key] for key in keys)


def others_know_more() -> bool:
    """Whether another process saw a provider's list change since this one last asked."""
    stamp = redis.ask(lambda client: client.get(redis.key(*_CHANGED)), None)
    return stamp is not None and float(stamp) > _asked[0]


def _announce() -> None:
    redis.ask(lambda client: client.set(redis.key(*_CHANGED), str(clock.now()), ex=86400), None)


def forget() -> None:
    """Drops everything: a connection was saved."""
    with _lock:
        _kept.clear()


def _key(connection: Connection, context: Context) -> tuple[str, ...]:
    who = context.user.id if is_personal(connection) else ""
    config = json_codec.dumps(connection.config)
    return (connection.kind, str(connection.index), connection.url, connection.key, config, who)


def _is_fresh(kept: _Kept, moment: float, any_age: bool) -> bool:
    return any_age or moment - kept.at < environment.current().models_cache_ttl or moment < kept.rest_until


def _fetch_all(
    wanted: list[tuple[tuple[str, ...], Connection]], context: Context, asked: float, refresh: bool
) -> dict[tuple[str, ...], Offer]:
    # headers may ask the database, so they are made here and not in the threads
    jobs = [(key, connection, _sent(connection, context)) for key, connection in wanted]
    database.release()
    run = functools.partial(_fetch_one, asked=asked, refresh=refresh)
    if len(jobs) == 1:
        return {jobs[0][0]: run(jobs[0])}
    with ThreadPoolExecutor(max_workers=min(len(jobs), 32)) as pool:
        return dict(zip([job[0] for job in jobs], pool.map(logs.carried(run), jobs), strict=True))


def _sent(connection: Connection, context: Context) -> dict[str, str] | None:
    if connection.kind == "openai" and connection.model_ids:
        return None
    try:
        return headers_for(connection, context)
    except ProviderError:
        return {}


def _fetch_one(job: tuple[tuple[str, ...], Connection, dict[str, str] | None], *, asked: float, refresh: bool) -> Offer:
    key, connection, sent = job
    with _lock:
        if len(_kept) > 4096:
            _kept.clear()
        mine = _fetching.setdefault(key, threading.Lock())
    with mine:
        known = _kept.get(key)
        if known is not None and known.at > asked and not refresh:
            return known.offer
        began = time.monotonic()
        try:
            offer, rest = _ask(connection, sent, known.offer if known else None), 0.0
        except (ProviderError, ValueError, TypeError, AttributeError, RecursionError):
            ended = time.monotonic()
            offer, rest = _nothing(connection, known), ended + _REST if ended - began > _SLOW else 0.0
        _kept[key] = _Kept(offer, time.monotonic(), rest)
        _asked[0] = clock.now()
        if known is not None and known.offer is not offer:
            _announce()
        return offer


def _nothing(connection: Connection, known: _Kept | None) -> Offer:
    empty = known is not None and not known.offer.models
    return known.offer if known is not None and empty else Offer(connection, (), {})


def _ask(connection: Connection, sent: dict[str, str] | None, known: Offer | None) -> Offer:
    if sent is None:
        return known or Offer(connection, tuple({"id": one} for one in connection.model_ids), {})
    if connection.kind == "ollama":
        raw = [_get(connection, path, sent) for path in ("/api/tags", "/api/ps")]
        whole = b"\n".join(raw)
        return known if known and known.raw == whole else _ollama(connection, raw, whole)
    whole = _get(connection, "/models", sent)
    return known if known and known.raw == whole else _openai(connection, whole)


def _get(connection: Connection, path: str, sent: dict[str, str]) -> bytes:
    seconds = environment.current().model_list_timeout
    response = client.send("GET", connection.url + path, sent, seconds=seconds)
    if response.status_code >= 400:
        response.close()
        if path == "/api/ps":
            return b"{}"
        raise ProviderError(response.status_code, {})
    return client.read_all(response, _LARGEST_LIST, seconds)


def _openai(connection: Connection, raw: bytes) -> Offer:
    answer = json_codec.loads(raw)
    listed = answer.get("data") if isinstance(answer, dict) else answer
    models = tuple(one for one in listed or () if isinstance(one, dict) and (one.get("id") or one.get("name")))
    if "api.openai.com" in connection.url:
        models = tuple(one for one in models if not any(part in str(one.get("id")) for part in _UNWANTED))
    return Offer(connection, models, {}, raw)


def _ollama(connection: Connection, raw: list[bytes], whole: bytes) -> Offer:
    tags, running = (json_codec.loads(one) for one in raw)
    wanted = set(connection.model_ids)
    models = tuple(
        one
        for one in (tags.get("models") or ())
        if isinstance(one, dict) and isinstance(one.get("model"), str) and (not wanted or one["model"] in wanted)
    )
    loaded = {
        one["model"]: str(one.get("expires_at") or "")
        for one in (running.get("models") or () if isinstance(running, dict) else ())
        if isinstance(one, dict) and isinstance(one.get("model"), str)
    }
    return Offer(connection, models, loaded, whole)
