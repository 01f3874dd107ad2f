"""Which sockets are connected, whose they are, and which chats they have on screen.

The pool is this process's memory, and Redis's hash where there is one, in the other server's shape
(data.md section 6, realtime.md section 13).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models import json_codec
from utils.cluster import clock, redis
from utils.realtime import emit, server

STALE_AFTER = 120
"""Seconds after which an entry that nobody refreshed belongs to a process that died."""

# what the other server expects to find beside id, name, email and role
_UNKNOWN = dict.fromkeys(
    (
        "username",
        "timezone",
        "presence_state",
        "status_emoji",
        "status_message",
        "status_expires_at",
        "info",
        "settings",
        "oauth",
        "scim",
    )
)


@dataclass
class Session:
    """One bound socket. `token` is what it was bound with, checked again while it lives."""

    sid: str
    user: dict[str, Any]
    token: str
    bound: float = field(default_factory=clock.now)
    last_seen: float = field(default_factory=clock.now)
    chat_ids: set[str] = field(default_factory=set)
    stamped: float = 0.0

    def is_stamp_due(self, interval: float) -> bool:
        """Whether the account's last activity should be written again; yes once in so many seconds."""
        if self.last_seen - self.stamped < interval:
            return False
        self.stamped = self.last_seen
        return True


_local: dict[str, Session] = {}
_lock = threading.Lock()
_on_gone: list[Callable[[set[str]], None]] = []


def _pool() -> str:
    return redis.key("session_pool")


def on_gone(callback: Callable[[set[str]], None]) -> None:
    """Registers who is told the ids of chats whose viewers vanished with their process."""
    if callback not in _on_gone:
        _on_gone.append(callback)


def bind(sid: str, user: dict[str, Any], token: str) -> Session:
    """Remembers whose socket `sid` is."""
    with _lock:
        known = _local.get(sid)
        session = Session(
            sid, user, token, chat_ids=known.chat_ids if known and known.user["id"] == user["id"] else set()
        )
        _local[sid] = session
    _share([session])
    return session


def of(sid: str) -> Session | None:
    """The session of a socket of this process."""
    return _local.get(sid)


def local() -> list[Session]:
    """All sessions of this process."""
    with _lock:
        return list(_local.values())


def touch(sid: str) -> Session | None:
    """A sign of life; other processes see it with the next `refresh`."""
    session = _local.get(sid)
    if session is not None:
        session.last_seen = clock.now()
    return session


def forget(sid: str) -> Session | None:
    """Drops a socket; returns what it was."""
    with _lock:
        session = _local.pop(sid, None)
    if session is not None:
        redis.ask_sockets(lambda client: client.hdel(_pool(), sid), None)
    return session


def enter_chat(sid: str, chat_id: str) -> None:
    """The chat is on this socket's screen."""
    if (session := _local.get(sid)) is not None and chat_id not in session.chat_ids:
        session.chat_ids.add(chat_id)
        _share([session])


def leave_chat(sid: str, chat_id: str) -> None:
    """The chat left this socket's screen."""
    if (session := _local.get(sid)) is not None and chat_id in session.chat_ids:
        session.chat_ids.discard(chat_id)
        _share([session])


def owner_of(sid: str) -> str | None:
    """The user id of a socket, wherever it is connected."""
    if (session := _local.get(sid)) is not None:
        return session.user["id"]
    text = redis.ask_sockets(lambda client: client.hget(_pool(), sid), None)
    return json_codec.loads(text).get("id") if text else None


def of_user(user_id: str) -> list[str]:
    """The sids of a user's sockets, in every process."""
    return [sid for sid, entry in _find(user_id).items() if entry["id"] == user_id]


def in_chat(chat_id: str) -> list[dict[str, str]]:
    """Who looks at a chat: `{id, name}`, each user once, by id."""
    users = {
        e["id"]: {"id": e["id"], "name": e.get("name")}
        for e in _find(chat_id).values()
        if chat_id in (e.get("chat_ids") or ())
    }
    return [users[user_id] for user_id in sorted(users)]


def viewing(chat_ids: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """The sockets that have these chats on screen, in every process: by chat, entries by sid. One look at the
    pool, however many chats are asked for."""
    wanted = set(chat_ids)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for sid, entry in _find(chat_ids[0] if len(wanted) == 1 else "chat_ids").items() if wanted else ():
        for chat_id in wanted.intersection(entry.get("chat_ids") or ()):
            found.setdefault(chat_id, {})[sid] = entry
    return found


def on_screen() -> list[str]:
    """The chats that some socket has on screen, in every process."""
    return sorted({chat_id for entry in _find("chat_ids").values() for chat_id in entry.get("chat_ids") or ()})


def disconnect_user(user_id: str) -> None:
    """Drops every socket of a user, in every process."""
    for sid in of_user(user_id):
        server.current().disconnect(sid)


def refresh() -> None:
    """Tells the other processes that this one's sockets live."""
    moment = clock.now()
    sessions = local()
    for session in sessions:
        # a socket that still answers its server's pings is there, however its page's timers are slowed
        session.last_seen = moment
    _share(sessions)


def reap() -> None:
    """Drops the entries of sockets whose process died. One process does this for all."""
    entries = redis.ask_sockets(lambda client: client.hgetall(_pool()), None) or {}
    oldest = clock.now() - STALE_AFTER
    decoded = {sid: json_codec.loads(text) for sid, text in entries.items()}
    stale = {sid: entry for sid, entry in decoded.items() if (entry.get("last_seen_at") or 0) < oldest}
    if not stale:
        return
    redis.ask_sockets(lambda client: client.hdel(_pool(), *stale), None)
    chats = {chat_id for entry in stale.values() for chat_id in entry.get("chat_ids") or ()}
    for callback in _on_gone:
        callback(chats)


def _find(part: str) -> dict[str, dict[str, Any]]:
    """Live entries by sid; those whose text does not hold `part` are not decoded."""
    shared = redis.ask_sockets(lambda client: client.hgetall(_pool()), None)
    if shared is None:
        return {session.sid: _entry(session) for session in local()}
    oldest = clock.now() - STALE_AFTER
    entries = {sid: json_codec.loads(text) for sid, text in shared.items() if part in text}
    return {sid: entry for sid, entry in entries.items() if (entry.get("last_seen_at") or 0) >= oldest}


def send_away(user_id: str) -> None:
    """The account's rights or sessions changed: tells its sockets and drops them; those that may come
    back do."""
    emit.access_updated(user_id)
    disconnect_user(user_id)


def _entry(session: Session) -> dict[str, Any]:
    since = int(session.bound)
    return {
        "id": session.user["id"],
        "email": session.user.get("email"),
        **_UNKNOWN,
        "last_active_at": since,
        "updated_at": since,
        "created_at": since,
        **session.user,
        "last_seen_at": int(session.last_seen),
        "chat_ids": sorted(session.chat_ids),
    }


def _share(sessions: list[Session]) -> None:
    if sessions and redis.sockets():
        entries = {session.sid: json_codec.dumps(_entry(session)) for session in sessions}
        redis.ask_sockets(lambda client: client.hset(_pool(), mapping=entries), None)
