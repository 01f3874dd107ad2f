"""Who has a chat on screen, when it changes who may (realtime.md 6.1, `chat:access`)."""

from dataclasses import dataclass

from utils.chat import access
from utils.realtime import emit, server, sessions


@dataclass(frozen=True)
class Viewer:
    """Who looks, as far as rights are concerned."""

    id: str
    role: str


def look_again(chat_ids: list[str]) -> None:
    """Whoever has one of these chats on screen looks again; who may not see it any more hears nothing more of
    it. After the change's transaction."""
    for chat_id in chat_ids:
        emit.chat_access(chat_id)
    for chat_id, sockets in sessions.viewing(chat_ids).items():
        _show_out(chat_id, sockets)


def _show_out(chat_id: str, sockets: dict[str, dict]) -> None:
    gone = [
        sid
        for sid, entry in sockets.items()
        if not access.may_see(chat_id, Viewer(entry["id"], entry.get("role") or "user"))
    ]
    for sid in gone:
        if sessions.of(sid) is None:
            # another process's: its page comes back at once, and asks anew what it may see
            server.current().disconnect(sid)
        else:
            server.current().leave_room(sid, emit.chat_room(chat_id))
            sessions.leave_chat(sid, chat_id)
    if gone:
        emit.chat_presence(chat_id, sessions.in_chat(chat_id))
