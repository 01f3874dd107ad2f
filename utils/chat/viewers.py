"""Who has a chat on screen, when it changes who may (realtime.md 6.1, `chat:access`)."""

from dataclasses import dataclass
from typing import Any

from models import chat_rows
from models.chat_lists import marks
from utils.chat import access
from utils.realtime import emit, server, sessions

_BATCH = 500


@dataclass(frozen=True)
class Viewer:
    """Who looks, as far as rights are concerned."""

    id: str
    role: str


def look_again(chat_ids: list[str]) -> None:
    """Whoever has one of these chats on screen looks again; who may not see it any more hears nothing more of
    it. After the change's transaction. A chat that nobody has on screen costs nothing."""
    for chat_id, sockets in sessions.viewing(chat_ids).items():
        emit.chat_access(chat_id)
        _show_out(chat_id, sockets)


def look_again_where(condition: str, *params: Any) -> None:
    """The same for all chats on screen for which an SQL condition on the chat's row holds."""
    shown = sessions.on_screen()
    for start in range(0, len(shown), _BATCH):
        batch = shown[start : start + _BATCH]
        look_again(chat_rows.ids_where(f"id IN ({marks(batch)}) AND {condition}", *batch, *params))


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
