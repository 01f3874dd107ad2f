"""Tokens that were signed out before their time: in Redis where there is one, else kept in a file of
the data folder, so that a restart does not bring them back (data.md section 6; better on purpose).
"""

import logging
import threading
import time
from typing import Any

from utils.cluster import redis
from utils.settings import environment

log = logging.getLogger("lightwell.auth")

_FOR_EVER = 10 * 365 * 86400
_LONGER = 7 * 86400
"""Kept beyond a token's end: by a clock that is set back, the end is still to come."""
_lock = threading.Lock()
_ends: dict[str, int] = {}
_loaded: list[str] = []


def revoke(claims: dict[str, Any]) -> None:
    """Refuses the token of these claims until it would have expired."""
    jti = claims.get("jti")
    if not isinstance(jti, str):
        return
    end = int(claims.get("exp") or time.time() + _FOR_EVER)
    left = max(end - int(time.time()), 0) + _LONGER
    if redis.ask(lambda client: client.set(redis.key("auth", "token", jti, "revoked"), "1", ex=left), None):
        return
    with _lock:
        _load()
        _ends[jti] = end
        with _path().open("a") as file:
            file.write(f"{end} {jti}\n")


def revoked(claims: dict[str, Any]) -> bool:
    """Whether the token of these claims was signed out, or all of its account's up to a moment were."""
    jti = claims.get("jti")
    if redis.application() is not None and _revoked_in_redis(jti or "-", claims):
        return True
    if not _loaded:
        with _lock:
            _load()
    return jti in _ends


def _revoked_in_redis(jti: Any, claims: dict[str, Any]) -> bool:
    names = redis.key("auth", "token", jti, "revoked"), redis.key("auth", "user", claims["id"], "revoked_at")
    token, everything = redis.ask(lambda client: client.mget(names), (None, None))
    return bool(token or (everything is not None and claims.get("iat", 0) <= int(everything)))


def _path() -> Any:
    return environment.current().data_dir / "revoked_tokens"


def _load() -> None:
    """Reads the file once, and rewrites it without what has expired."""
    path = _path()
    if _loaded == [str(path)]:
        return
    _ends.clear()
    oldest = int(time.time()) - _LONGER
    if path.exists():
        for line in path.read_text().splitlines():
            end, _, jti = line.partition(" ")
            if end.isdigit() and int(end) > oldest:
                _ends[jti] = int(end)
        path.write_text("".join(f"{end} {jti}\n" for jti, end in _ends.items()))
    _loaded[:] = [str(path)]
