"""Which models are answering somebody right now (realtime.md section 13, data.md section 6).

The pool is this process's memory, and Redis's hash where there is one, in the other server's shape:
model id → `{sid: {"updated_at": seconds}}`. An entry counts for `LIFE` seconds.
"""

import threading
from typing import Any

from models import json_codec
from utils.cluster import clock, redis

LIFE = 3

_local: dict[str, dict[str, float]] = {}
_told: dict[str, float] = {}
_lock = threading.Lock()


def _pool() -> str:
    return redis.key("usage_pool")


def touch(model_id: str, sid: str) -> None:
    """The page behind this socket waits for an answer of this model."""
    moment = clock.now()
    with _lock:
        _local.setdefault(model_id, {})[sid] = moment
        told = _told.get(model_id, 0)
        if moment - told < LIFE / 3:
            return
        _told[model_id] = moment
        mine = {sid: {"updated_at": int(at)} for sid, at in _local[model_id].items() if moment - at < LIFE}

    def share(client: Any) -> None:
        others = json_codec.loads(client.hget(_pool(), model_id) or "{}")
        client.hset(_pool(), model_id, json_codec.dumps({**_live(others, moment), **mine}))

    redis.ask_sockets(share, None)


def active_models() -> list[str]:
    """The ids of the models in use, in every process."""
    moment = clock.now()
    shared = redis.ask_sockets(lambda client: client.hgetall(_pool()), None)
    if shared is not None:
        return [model_id for model_id, text in shared.items() if _live(json_codec.loads(text), moment)]
    with _lock:
        return [model_id for model_id, sids in _local.items() if any(moment - at <= LIFE for at in sids.values())]


def reap() -> None:
    """Drops what is over, here and (one process does this for all, see `keeper`) in Redis."""
    forget_local()
    moment = clock.now()

    def sweep(client: Any) -> None:
        over = [model for model, text in client.hgetall(_pool()).items() if not _live(json_codec.loads(text), moment)]
        if over:
            client.hdel(_pool(), *over)

    redis.ask_sockets(sweep, None)


def forget_local() -> None:
    """Drops what is over in this process's memory."""
    moment = clock.now()
    with _lock:
        for model_id in [m for m, sids in _local.items() if all(moment - at > LIFE for at in sids.values())]:
            del _local[model_id]
            _told.pop(model_id, None)


def _live(sids: dict[str, Any], moment: float) -> dict[str, Any]:
    return {sid: entry for sid, entry in sids.items() if moment - (entry.get("updated_at") or 0) <= LIFE}
