"""The Socket.IO server: transport, serialisation, and the manager that processes share.

Facts: realtime.md section 1, http.md section 18, data.md section 6.
"""

from collections.abc import Callable
from typing import Any

import socketio

from config import Settings
from models import json_codec
from models.large import is_cooperative
from utils.cluster import connect, redis
from utils.settings import environment

PATH = "ws/socket.io"
_MAX_MESSAGE = 16 * 2**20

_current: list[socketio.Server] = []


class _Json:
    """The codec in the shape that python-socketio wants."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return json_codec.dumps(value)

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return json_codec.loads(text)


class Server(socketio.Server):
    """A server that asks a gate before it handles an event of a socket."""

    gate: Callable[[str], bool] | None = None
    in_order: Callable[[str, str, Any], bool] | None = None
    """Takes events whose order matters, before each would get a thread of its own; says whether it did."""
    _ALWAYS = ("connect", "disconnect", "user-join")

    def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace or "/")
        if self.in_order is None or sid is None or not self.in_order(sid, data[0], data[1] if len(data) > 1 else None):
            super()._handle_event(eio_sid, namespace, id, data)

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        if self.gate is not None and event not in self._ALWAYS and not self.gate(args[0]):
            return self.not_handled
        return super()._trigger_event(event, namespace, *args)


def create(settings: Settings) -> socketio.Server:
    """The process's Socket.IO server: gevent under gunicorn, threads under `flask run`."""
    origins: Any = "*" if "*" in settings.cors_allow_origin else list(settings.cors_allow_origin)
    server = Server(
        client_manager=_manager(settings),
        async_mode="gevent" if is_cooperative() else "threading",
        # with websockets on there is no polling, as the frontend is told by /api/config
        transports=["websocket"] if settings.enable_websocket else ["polling"],
        allow_upgrades=settings.enable_websocket,
        ping_interval=settings.websocket_ping_interval,
        ping_timeout=settings.websocket_ping_timeout,
        max_http_buffer_size=_MAX_MESSAGE,
        cors_allowed_origins=origins,
        always_connect=True,
        json=_Json,
        monitor_clients=True,
        logger=False,
    )
    _current[:] = [server]
    return server


def beside(server: socketio.Server, wsgi_app: Any) -> Any:
    """The WSGI application that gives the sockets' path to `server` and everything else to `wsgi_app`."""
    sockets = socketio.WSGIApp(server, wsgi_app, socketio_path=PATH)
    if not is_cooperative():
        return sockets
    from utils.realtime.whole_sends import whole_sends  # noqa: PLC0415 - brings gevent, which threads do without

    return whole_sends(sockets, environment.current().slow_client_seconds)


def current() -> socketio.Server:
    """The process's server. Raises `IndexError` before `create`."""
    return _current[0]


def room_has_others(room: str, besides: str | None) -> bool:
    """Whether a socket other than `besides` is in the room, in any process."""
    manager = current().manager
    if any(sid != besides for sid in manager.rooms.get("/", {}).get(room, ())):
        return True
    return isinstance(manager, socketio.PubSubManager) and manager.heard_elsewhere(room)  # type: ignore[attr-defined]


def _manager(settings: Settings) -> socketio.Manager | None:
    address = redis.sockets()
    if address is None:
        return None
    from utils.realtime.room_channels import OPTIONS, RoomChannelManager  # noqa: PLC0415 - only with Redis

    return RoomChannelManager(
        connect.client(address, settings, **OPTIONS), room_channels=settings.websocket_redis_room_channels
    )
