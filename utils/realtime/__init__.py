"""Events between browsers and the server, over Socket.IO."""

import sys

# python-socketio brings Redis managers of its own, which are not used (room_channels.py is); a single
# process is spared what they import: 50 ms and the client with its asyncio half
_spared = "redis" not in sys.modules
if _spared:
    sys.modules["redis"] = None  # type: ignore[assignment]
import socketio  # noqa: E402, F401

if _spared:
    del sys.modules["redis"]
