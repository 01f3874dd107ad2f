"""The Socket.IO manager that both servers share over Redis: one channel a room (data.md section 6).

An emit to a room is published on `socketio#<namespace>#<room>` only, everything else on `socketio`.
A process listens to `socketio` and to the channels of rooms with members of its own.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import socketio


class RoomChannelManager(socketio.RedisManager):
    """`room_channels` off speaks the stock scheme, as WEBSOCKET_REDIS_ROOM_CHANNELS=false does."""

    def __init__(self, url: str, *, room_channels: bool = True) -> None:
        super().__init__(url, redis_options={"socket_keepalive": True, "health_check_interval": 30})
        self.room_channels = room_channels
        self._listening: set[str] = set()

    def _channel(self, namespace: str, room: str) -> str:
        return f"{self.channel}#{namespace}#{room}"

    def _publish(self, data: dict[str, Any]) -> Any:
        if self.room_channels and data.get("method") == "emit" and isinstance(data.get("room"), str):
            return self._publish_on(self._channel(data["namespace"], data["room"]), data)
        return super()._publish(data)

    def _publish_on(self, channel: str, data: dict[str, Any]) -> Any:
        for attempt in (1, 2):
            try:
                if not self.connected:
                    self._redis_connect()
                return self.redis.publish(channel, self.json.dumps(data))
            except OSError as error:
                self._lost(error, attempt)
            except self._get_redis_module().exceptions.RedisError as error:
                self._lost(error, attempt)
        return None

    def _lost(self, error: Exception, attempt: int) -> None:
        self._get_logger().error("cannot publish to Redis (attempt %s): %s", attempt, error)
        self.connected = False

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        if self.room_channels and isinstance(room, str):
            channel = self._channel(namespace, room)
            if channel not in self._listening:
                self._listening.add(channel)
                self._subscription("subscribe", channel)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._forget_empty(namespace, room)

    def basic_close_room(self, room: Any, namespace: str) -> None:
        super().basic_close_room(room, namespace)
        self._forget_empty(namespace, room)

    def _forget_empty(self, namespace: str, room: Any) -> None:
        if not isinstance(room, str) or room in self.rooms.get(namespace, {}):
            return
        channel = self._channel(namespace, room)
        if channel in self._listening:
            self._listening.discard(channel)
            self._subscription("unsubscribe", channel)

    def _subscription(self, verb: str, channel: str) -> None:
        # when the connection is down, the listener subscribes to all rooms anew once it is back
        with contextlib.suppress(OSError, self._get_redis_module().exceptions.RedisError):
            if self.pubsub is not None:
                getattr(self.pubsub, verb)(channel)

    def _redis_connect(self) -> None:
        super()._redis_connect()
        if self._listening:
            self.pubsub.subscribe(*self._listening)

    def _listen(self) -> Iterator[Any]:
        for message in self._redis_listen_with_retries():
            if message["type"] == "message" and "data" in message:
                yield message["data"]
