"""Socket.IO coming in."""

from blueprints.sockets.presence import listen

__all__ = ["listen"]
