"""Events between browsers and the server, over Socket.IO."""

from models.spared import without

# python-socketio brings Redis managers of its own, which are not used (room_channels.py is), and its libraries bring
# clients and servers for asyncio: together a tenth of a start and 18 MB
_HALVES = (
    *("async_client", "async_simple_client", "async_server", "async_manager", "async_namespace"),
    *("async_redis_manager", "async_aiopika_manager", "asgi", "tornado"),
)

with without(
    "redis",
    halves=(
        *(f"socketio.{name}" for name in _HALVES),
        *("engineio.async_server", "engineio.async_client", "engineio.async_drivers.asgi"),
        *("engineio.async_drivers.tornado", "simple_websocket.aiows"),
    ),
):
    import simple_websocket  # noqa: F401
    import socketio  # noqa: F401
