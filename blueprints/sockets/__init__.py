"""Socket.IO coming in."""

import socketio

from blueprints.sockets import answers, chats, presence


def listen(server: socketio.Server) -> None:
    """Registers all handlers."""
    presence.listen(server)
    chats.listen(server)
    answers.listen(server)


__all__ = ["listen"]
