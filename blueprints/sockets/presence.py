"""Connecting, joining, heartbeat, leaving (realtime.md sections 1, 3, 4, 13)."""

import functools
from collections.abc import Callable
from typing import Any

import socketio

from models import database
from models.users import User
from utils.auth import identity
from utils.realtime import emit, guard, sessions
from utils.settings import environment


def own_connection(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A socket's event has no request around it: it opens and gives back a connection of its own."""

    @functools.wraps(handler)
    def handled(*args: Any) -> Any:
        try:
            return handler(*args)
        finally:
            database.release()

    return handled


def listen(server: socketio.Server) -> None:
    """Registers the handlers."""

    @own_connection
    def connect(sid: str, environ: dict, auth: Any = None) -> None:
        # always accepted: an anonymous socket belongs to no room and may be promoted later
        _bind(server, sid, auth)

    @own_connection
    def user_join(sid: str, data: Any = None) -> dict[str, Any] | None:
        auth = data.get("auth") if isinstance(data, dict) else None
        account = _bind(server, sid, auth)
        return None if account is None else {"id": account.id, "name": account.name}

    @own_connection
    def heartbeat(sid: str, data: Any = None) -> None:
        session = sessions.touch(sid)
        if session is not None and session.is_stamp_due(environment.current().active_status_interval):
            User.update(last_active_at=int(session.last_seen)).where(User.id == session.user["id"]).execute()

    def disconnect(sid: str, reason: Any = None) -> None:
        session = sessions.forget(sid)
        _tell_viewers(session.chat_ids if session is not None else set())

    sessions.on_gone(_tell_viewers)
    server.gate = guard.allows  # type: ignore[attr-defined]
    server.on("connect", connect)
    server.on("user-join", user_join)
    server.on("heartbeat", heartbeat)
    server.on("disconnect", disconnect)


def _tell_viewers(chat_ids: set[str]) -> None:
    for chat_id in chat_ids:
        emit.chat_presence(chat_id, sessions.in_chat(chat_id))


def _bind(server: socketio.Server, sid: str, auth: Any) -> identity.Account | None:
    """Makes the socket its user's, if the token is good."""
    token = auth.get("token") if isinstance(auth, dict) else None
    if not isinstance(token, str) or not token:
        return None
    account = identity.by_session(token)
    if account is None or account.role == "pending":
        return None
    public = {"id": account.id, "name": account.name, "email": account.email, "role": account.role}
    sessions.bind(sid, public, token)
    server.enter_room(sid, emit.user_room(account.id))
    return account
