"""What pages say about the chat on screen, and about the model they wait for (realtime.md section 3)."""

from typing import Any

import socketio

from blueprints.sockets.presence import own_connection
from models import folders
from models.chats import Chat
from utils.chat import access, reminders
from utils.chat.viewers import Viewer
from utils.realtime import emit, sessions, usage


def listen(server: socketio.Server) -> None:
    """Registers the handlers."""

    @own_connection
    def events_chat(sid: str, data: Any = None) -> bool | None:
        session = sessions.of(sid)
        chat_id = data.get("chat_id") if isinstance(data, dict) else None
        inner = data.get("data") if isinstance(data, dict) else None
        if not isinstance(chat_id, str) or not isinstance(inner, dict):
            return None
        if inner.get("type") == "join":
            return session is not None and _join(server, session, chat_id)
        if session is None:
            return None
        if inner.get("type") == "leave":
            _leave(server, session, chat_id)
        elif inner.get("type") == "last_read_at":
            _read(session, chat_id)
        elif inner.get("type") == "typing" and chat_id in session.chat_ids:
            user = {"id": session.user["id"], "name": session.user["name"]}
            emit.chat_typing(chat_id, user, inner.get("data"), sid)
        return None

    def usage_frame(sid: str, data: Any = None) -> None:
        model_id = data.get("model") if isinstance(data, dict) else None
        if isinstance(model_id, str) and sessions.of(sid) is not None:
            usage.touch(model_id, sid)

    server.on("events:chat", events_chat)
    server.on("usage", usage_frame)


def _join(server: socketio.Server, session: sessions.Session, chat_id: str) -> bool:
    """Enters the chat's room, if the user may look at it."""
    if not access.may_see(chat_id, Viewer(session.user["id"], session.user["role"])):
        return False
    server.enter_room(session.sid, emit.chat_room(chat_id))
    sessions.enter_chat(session.sid, chat_id)
    emit.chat_presence(chat_id, sessions.in_chat(chat_id))
    return True


def _leave(server: socketio.Server, session: sessions.Session, chat_id: str) -> None:
    if chat_id in session.chat_ids:
        server.leave_room(session.sid, emit.chat_room(chat_id))
        sessions.leave_chat(session.sid, chat_id)
        emit.chat_presence(chat_id, sessions.in_chat(chat_id))


def _read(session: sessions.Session, chat_id: str) -> None:
    """Stamps the chat as read by its owner, and tells his pages."""
    read = Chat.mark_read(chat_id, session.user["id"])
    if read is None:
        return
    reminders.cancel(chat_id, session.user["id"], "chat.read")
    data: dict[str, Any] = {"chat_id": chat_id, "last_read_at": read.at}
    if read.was_unread:
        data["folder_unread_counts"] = folders.unread_counts(session.user["id"])
    emit.chat_read(session.user["id"], chat_id, data)
