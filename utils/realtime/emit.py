"""Events to browsers: one function an event, named after it, called by the code that made the change,
after its transaction. Nothing else touches the server object (realtime.md sections 4 to 6, 10, 11).
"""

from collections.abc import Callable
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
    _to(user_room(user_id), "events", {"chat_id": chat_id, "message_id": message_id, "data": inner, **extra})


def chat_shared(
    chat_id: str, kind: str, data: Any, *, message_id: str | None = None, skip_sid: str | None = None, **extra: Any
) -> None:
    """The copy for people who look at the same chat: `shared: true`, to the chat's room."""
    envelope: dict[str, Any] = {"chat_id": chat_id, "shared": True, "data": {"type": kind, "data": data}, **extra}
    if message_id is not None:
        envelope["message_id"] = message_id
    _to(chat_room(chat_id), "events", envelope, skip_sid)


def call(sid: str, envelope: dict[str, Any], answered: Callable[..., None]) -> None:
    """One `events` envelope to one socket; `answered` gets what its page acknowledges with."""
    server.current().emit("events", envelope, to=sid, callback=answered)


def access_updated(user_id: str) -> None:
    """Rights of the user changed; his sockets are about to be dropped and come back."""
    _to(user_room(user_id), "access:updated", {})


def is_viewed(chat_id: str, *, besides: str | None) -> bool:
    """Whether a socket other than `besides` has the chat on screen, in any process."""
    return server.room_has_others(chat_room(chat_id), besides)


def chat_list(user_id: str, chat_id: str, message_id: str | None, folder_id: str | None, **extra: Any) -> None:
    """A chat was created, changed or titled."""
    chat_event(user_id, chat_id, message_id, "chat:list", {"chat_id": chat_id, "folder_id": folder_id}, **extra)


def chat_messages(chat_id: str, message_id: str, user_id: str, data: dict[str, Any], skip_sid: str | None) -> None:
    """Another session of the chat started a turn: its new messages, for the chat's room."""
    chat_shared(chat_id, "chat:messages", data, message_id=message_id, user_id=user_id, skip_sid=skip_sid)


def chat_presence(chat_id: str, users: list[dict[str, str]]) -> None:
    """Who looks at the chat."""
    chat_shared(chat_id, "chat:presence", {"users": users})


def chat_read(user_id: str, chat_id: str, data: dict[str, Any]) -> None:
    """The chat was read up to now."""
    _to(user_room(user_id), "events", {"chat_id": chat_id, "data": {"type": "chat:list", "data": data}})


def chat_typing(chat_id: str, user: dict[str, str], data: Any, skip_sid: str) -> None:
    """Somebody types in the chat; the typing socket is left out."""
    chat_shared(chat_id, "typing", data, user_id=user["id"], user=user, skip_sid=skip_sid)


def chat_access(chat_id: str) -> None:
    """Who may see the chat, or where it lies, may have changed: whoever has it on screen looks again."""
    chat_shared(chat_id, "chat:access", {})
