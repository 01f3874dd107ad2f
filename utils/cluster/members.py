"""The processes that share a Redis, and whether they fit together.

`<prefix>:lightwell:members` is a hash: member → JSON of what has to be equal. Ours alone; the other
server does not take part.
"""

import hashlib
import logging
import os
import socket
from typing import Any

import config
from models import json_codec, schema
from utils.cluster import clock, redis
from utils.settings import environment

log = logging.getLogger("lightwell.cluster")

GONE_AFTER = 90
_REMEDIES = {
    "secret": "WEBUI_SECRET_KEY differs: sessions begun there are refused here. Give all processes the same",
    "schema": "it works with another revision of the database. Finish the update on every host, before it writes",
    "version": "the version differs: finish the update on every host",
    "rooms": "WEBSOCKET_REDIS_ROOM_CHANNELS differs: live events do not cross. Set it equally everywhere",
}


_told: set[str] = set()


def own_name() -> str:
    """What this process is called: `INSTANCE_ID` or the host's name, and the process id."""
    return f"{environment.current().instance_id or socket.gethostname()}:{os.getpid()}"


def announce(secret: str) -> list[str]:
    """Tells the others about this process, and returns (and logs) in what it does not fit them."""
    mine = _traits(secret)
    name = redis.key("lightwell", "members")

    def exchange(client: Any) -> dict[str, str]:
        pipe = client.pipeline()
        pipe.hset(name, own_name(), json_codec.dumps({**mine, "seen": int(clock.now())}))
        pipe.hgetall(name)
        return pipe.execute()[-1]

    misfits = _misfits(mine, redis.ask_sockets(exchange, {}))
    for misfit in set(misfits) - _told:
        log.error(misfit)
    _told.clear()
    _told.update(misfits)
    return misfits


def misfits(secret: str) -> list[str]:
    """In what a process like this one, with this secret (unknown: empty), would not fit those that run."""
    mine = _traits(secret)
    if not secret:
        del mine["secret"]
    return _misfits(mine, redis.ask_sockets(lambda client: client.hgetall(redis.key("lightwell", "members")), {}))


def _traits(secret: str) -> dict[str, Any]:
    """What has to be equal in all processes."""
    return {
        "version": config.VERSION,
        "schema": schema.HEAD,
        "secret": hashlib.sha256(b"lightwell member " + secret.encode()).hexdigest()[:12],
        "rooms": environment.current().websocket_redis_room_channels,
    }


def _misfits(mine: dict[str, Any], known: dict[str, str]) -> list[str]:
    return [
        f"{member} shares this Redis but does not fit: {_REMEDIES[what]}."
        for member, theirs in sorted(_alive(known).items())
        for what, value in mine.items()
        if theirs.get(what) != value
    ]


def leave() -> None:
    """This process is about to end; members that died are dropped too."""
    name = redis.key("lightwell", "members")

    def drop(client: Any) -> None:
        known = client.hgetall(name)
        client.hdel(name, own_name(), *(set(known) - set(_alive(known))))

    redis.ask_sockets(drop, None)


def everybody() -> list[str]:
    """The names of all live members."""
    return sorted(_alive(redis.ask_sockets(lambda client: client.hgetall(redis.key("lightwell", "members")), {})))


def _alive(known: dict[str, str]) -> dict[str, dict[str, Any]]:
    decoded = {member: json_codec.loads(text) for member, text in known.items()}
    return {member: one for member, one in decoded.items() if one.get("seen", 0) > clock.now() - GONE_AFTER}
