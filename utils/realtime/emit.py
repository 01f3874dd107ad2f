"""Events to browsers: one function an event, named after it, called by the code that made the change,
after its transaction. Nothing else touches the server object (realtime.md sections 4 to 6, 10, 11).
"""

from typing import Any

from utils.realtime import server


def user_room(user_id: str) -> str:
    """Every socket of a user."""
    return f"user:{user_id}"


def chat_room(chat_id: str) -> str:
    """The sockets that have a chat on screen."""
    return f"chat:{chat_id}"


def _to(room: str, event: str, data: Any, skip_sid: str | None = None) -> None:
    server.current().emit(event, data, room=room, skip_sid=skip_sid)


def chat_event(user_id: str, chat_id: str, message_id: str | None, kind: str, data: Any = None, **extra: Any) -> None:
    """One `events` envelope to the user's room (realtime.md section 5). `data` None is left out."""
    inner = {"type": kind} if data is None else {"type": kind, "data": data}
    envelope: dict[str, Any] = {"chat_id": chat_id, "data": inner, **extra}
    if message_id is not None:
        envelope["message_id"] = message_id
    _to(user_room(user_id), "events", envelope)


def chat_shared(
    chat_id: str, kind: str, data: Any, *, message_id: str | None = None, skip_sid: str | None = None, **extra: Any
) -> None:
    """The copy for people who look at the same chat: `shared: true`, to the chat's room."""
    envelope: dict[str, Any] = {"chat_id": chat_id, "shared": True, "data": {"type": kind, "data": data}, **extra}
    if message_id is not None:
        envelope["message_id"] = message_id
    _to(chat_room(chat_id), "events", envelope, skip_sid)


def access_updated(user_id: str) -> None:
    """Rights of the user changed; his sockets are about to be dropped and come back."""
    _to(user_room(user_id), "access:updated", {})
