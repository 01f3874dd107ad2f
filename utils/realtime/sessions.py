"""Which sockets are connected, whose they are, and which chats they have on screen.

The pool is this process's memory, and Redis's hash where there is one, in the other server's shape
(data.md section 6, realtime.md section 13).
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from models import json_codec
from utils.cluster import redis
from utils.realtime import server

log = logging.getLogger("lightwell.realtime")

STALE_AFTER = 120


@dataclass
class Session:
    """One bound socket. `token` is what it was bound with, checked again while it lives."""

    sid: str
    user: dict[str, Any]
    token: str
    last_seen: float = field(default_factory=time.time)
    chat_ids: set[str] = field(default_factory=set)


_local: dict[str, Session] = {}
_lock = threading.Lock()


def _pool() -> str:
    return redis.key("session_pool")


def bind(sid: str, user: dict[str, Any], token: str) -> Session:
    """Remembers whose socket `sid` is."""
    with _lock:
        known = _local.get(sid)
        session = Session(
            sid, user, token, chat_ids=known.chat_ids if known and known.user["id"] == user["id"] else set()
        )
        _local[sid] = session
    _share(session)
    return session


def of(sid: str) -> Session | None:
    """The session of a socket of this process."""
    return _local.get(sid)


def local() -> list[Session]:
    """All sessions of this process."""
    with _lock:
        return list(_local.values())


def touch(sid: str) -> Session | None:
    """A sign of life."""
    session = _local.get(sid)
    if session is not None:
        session.last_seen = time.time()
        _share(session)
    return session


def forget(sid: str) -> Session | None:
    """Drops a socket; returns what it was."""
    with _lock:
        session = _local.pop(sid, None)
    if session is not None and (client := redis.socket_client()) is not None:
        client.hdel(_pool(), sid)
    return session


def enter_chat(sid: str, chat_id: str) -> None:
    """The chat is on this socket's screen."""
    if (session := _local.get(sid)) is not None:
        session.chat_ids.add(chat_id)
        _share(session)


def leave_chat(sid: str, chat_id: str) -> None:
    """The chat left this socket's screen."""
    if (session := _local.get(sid)) is not None:
        session.chat_ids.discard(chat_id)
        _share(session)


def everywhere() -> dict[str, dict[str, Any]]:
    """Every live socket of every process: sid to `{id, name, …, last_seen_at, chat_ids}`."""
    if (client := redis.socket_client()) is None:
        return {session.sid: _entry(session) for session in local()}
    oldest = time.time() - STALE_AFTER
    entries = {str(sid): json_codec.loads(text) for sid, text in client.hgetall(_pool()).items()}
    return {sid: entry for sid, entry in entries.items() if (entry.get("last_seen_at") or 0) >= oldest}


def owner_of(sid: str) -> str | None:
    """The user id of a socket, wherever it is connected."""
    if (session := _local.get(sid)) is not None:
        return session.user["id"]
    client = redis.socket_client()
    text = client.hget(_pool(), sid) if client is not None else None
    return json_codec.loads(text).get("id") if text else None


def in_chat(chat_id: str) -> list[dict[str, str]]:
    """Who looks at a chat: `{id, name}`, each user once, by id."""
    users = {
        e["id"]: {"id": e["id"], "name": e.get("name")}
        for e in everywhere().values()
        if chat_id in (e.get("chat_ids") or ())
    }
    return [users[user_id] for user_id in sorted(users)]


def disconnect_user(user_id: str) -> None:
    """Drops every socket of a user, in every process."""
    for sid, entry in everywhere().items():
        if entry["id"] == user_id:
            server.current().disconnect(sid)


def _entry(session: Session) -> dict[str, Any]:
    return {**session.user, "last_seen_at": int(session.last_seen), "chat_ids": sorted(session.chat_ids)}


def _share(session: Session) -> None:
    if (client := redis.socket_client()) is not None:
        client.hset(_pool(), session.sid, json_codec.dumps(_entry(session)))
