"""What a page sends of an answer that it fetches itself: events named after a channel (realtime.md section 3)."""

from typing import Any

import socketio

from utils.chat import direct
from utils.realtime import sessions


def listen(server: socketio.Server) -> None:
    """Registers the handler. The pieces of an answer have to stay in their order."""

    def heard(sid: str, event: Any, data: Any) -> bool:
        session = sessions.of(sid)
        return session is not None and isinstance(event, str) and direct.received(sid, session.user["id"], event, data)

    server.in_order = heard  # type: ignore[attr-defined]
