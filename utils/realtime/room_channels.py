"""The Socket.IO manager that both servers share over Redis: one channel a room (data.md section 6).

An emit to a room is published on `socketio#<namespace>#<room>` only, everything else on `socketio`.
A process listens to `socketio` and to the channels of rooms with members of its own. Publishing
never waits: one thread sends what is queued, many messages in one go. When Redis goes away, both
directions come back by themselves and what was queued meanwhile is sent.
"""

import collections
import itertools
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import redis
import socketio
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger("lightwell.realtime")

_QUEUED_AT_MOST = 10_000
_SENT_TOGETHER = 200
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 1.0
# after an outage every process needs its `_LONGEST_DELAY` to listen again before anything is sent
_SETTLING = 1.3
_CONFIRMATION = 1.0
_SILENCE = 30.0
_KNOWN_SECONDS, _KNOWN_ROOMS = 1.0, 1000

OPTIONS: dict[str, Any] = {"socket_timeout": 10, "retry": Retry(NoBackoff(), 0)}
"""Of the client that the manager works with: it tries again by itself, and reads bytes."""

_FAILURES = (redis.RedisError, OSError)


class RoomChannelManager(socketio.PubSubManager):
    """`room_channels` off speaks the stock scheme, as WEBSOCKET_REDIS_ROOM_CHANNELS=false does."""

    name = "redis"

    def __init__(self, client: redis.Redis, *, room_channels: bool = True) -> None:
        super().__init__()
        self.room_channels = room_channels
        self._redis = client
        self._sender = _Sender(self._redis)
        self._ears = _Ears(self._redis, self.channel)
        self._elsewhere: dict[str, tuple[float, bool]] = {}
        self._listening = threading.Lock()
        self._is_listening = False

    def initialize(self) -> None:
        with self._listening:
            if not self._is_listening:
                self._is_listening = True
                super().initialize()

    def emit(self, event: str, data: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("callback") is not None:
            # the answer comes back through Redis, to a process that may have no socket of its own
            self.initialize()
            self._ears.wait_for(self.channel)
        return super().emit(event, data, *args, **kwargs)

    def flush(self, seconds: float) -> None:
        """Waits until everything published so far has been sent, at most so long."""
        self._sender.flush(seconds)

    def heard_elsewhere(self, room: str, namespace: str = "/") -> bool:
        """Whether another process has members in the room, as of a second ago; yes where the channel does not tell."""
        if not self.room_channels:
            return True
        channel, moment = self._channel(namespace, room), time.monotonic()
        known = self._elsewhere.get(channel)
        if known is None or moment - known[0] > _KNOWN_SECONDS:
            if len(self._elsewhere) > _KNOWN_ROOMS:
                self._elsewhere.clear()
            known = self._elsewhere[channel] = (moment, self._listeners(channel) > self._ears.hears(channel))
        return known[1]

    def _listeners(self, channel: str) -> int:
        try:
            return self._redis.pubsub_numsub(channel)[0][1]  # type: ignore[index,misc,no-any-return]
        except _FAILURES:
            return 0

    def enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> Any:
        entered = super().enter_room(sid, namespace, room, eio_sid=eio_sid)
        if self.room_channels and isinstance(room, str) and room in self.rooms.get(namespace, {}):
            self._ears.wait_for(self._channel(namespace, room))
        return entered

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        if self.room_channels and isinstance(room, str):
            self._ears.open(self._channel(namespace, room))

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._close_if_empty(namespace, room)

    def basic_close_room(self, room: Any, namespace: str) -> None:
        super().basic_close_room(room, namespace)
        self._close_if_empty(namespace, room)

    def _close_if_empty(self, namespace: str, room: Any) -> None:
        if self.room_channels and isinstance(room, str) and room not in self.rooms.get(namespace, {}):
            self._ears.close(self._channel(namespace, room))

    def _channel(self, namespace: str, room: str) -> str:
        return f"{self.channel}#{namespace}#{room}"

    def _publish(self, data: dict[str, Any]) -> None:
        channel = self.channel
        if self.room_channels and data["method"] == "emit" and isinstance(data["room"], str):
            channel = self._channel(data["namespace"], data["room"])
        self._sender.send(channel, self.json.dumps(data))

    def _listen(self) -> Iterator[bytes]:
        # what this process published comes back to it too; it is told by its edges, undecoded
        begin, end = b'{"method":"emit"', f'"host_id":"{self.host_id}"}}'.encode()
        for message in self._ears.listen():
            if not (message.startswith(begin) and message.endswith(end)):
                yield message


class _Sender:
    """The way out: a queue and the one thread that empties it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._queue: collections.deque[tuple[str, str]] = collections.deque(maxlen=_QUEUED_AT_MOST)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._sending = False

    def send(self, channel: str, text: str) -> None:
        """Queues a message. Beyond `_QUEUED_AT_MOST` the oldest is given up."""
        with self._changed:
            self._queue.append((channel, text))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="socketio-out", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._queue and not self._sending, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                batch = list(itertools.islice(self._queue, _SENT_TOGETHER))
                for _ in batch:
                    self._queue.popleft()
                self._sending = True
            self._send(batch)
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _send(self, batch: list[tuple[str, str]]) -> None:
        delay, lost = _FIRST_DELAY, False
        while True:
            try:
                if lost:
                    self._client.ping()
                    time.sleep(_SETTLING)
                pipe = self._client.pipeline(transaction=False)
                for channel, text in batch:
                    pipe.publish(channel, text)
                pipe.execute()
            except _FAILURES as error:
                if not lost:
                    log.error("events cannot be published for other processes: %s", error)
                lost = True
                time.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY)
            else:
                if lost:
                    log.warning("events are published again")
                return


class _Ears:
    """The way in: one subscribed connection. Only `listen` reads from it and opens it anew."""

    def __init__(self, client: redis.Redis, main_channel: str) -> None:
        self._pool = client.connection_pool
        self._wanted = {main_channel}
        self._subscribed: set[str] = set()
        self._heard: set[str] = set()
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._connection: Any = None
        self._reader: int | None = None

    def open(self, channel: str) -> None:
        """Listens to a channel, now or once the connection is back."""
        with self._changed:
            if channel in self._wanted:
                return
            self._wanted.add(channel)
        self._command("SUBSCRIBE", channel)

    def hears(self, channel: str) -> bool:
        """Whether Redis counts this process among the channel's listeners."""
        return channel in self._heard

    def close(self, channel: str) -> None:
        """Stops listening to a channel."""
        with self._changed:
            if channel not in self._wanted:
                return
            self._wanted.discard(channel)
            self._heard.discard(channel)
        self._command("UNSUBSCRIBE", channel)

    def wait_for(self, channel: str) -> None:
        """Returns when Redis confirmed the channel, so that nothing published from now on is missed;
        after `_CONFIRMATION` seconds anyway."""
        if self._connection is None or threading.get_ident() == self._reader:
            return
        with self._changed:
            self._changed.wait_for(lambda: channel in self._heard or channel not in self._wanted, _CONFIRMATION)

    def listen(self) -> Iterator[bytes]:
        """What is published on the channels, for ever."""
        self._reader = threading.get_ident()
        delay, lost = _FIRST_DELAY, False
        while True:
            try:
                self._connect()
                if lost:
                    log.warning("events of other processes arrive again")
                delay, lost = _FIRST_DELAY, False
                yield from self._messages()
            except _FAILURES as error:
                if not lost:
                    log.error("events of other processes do not arrive: %s", error)
                lost = True
                self._disconnect()
                time.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY)

    def _connect(self) -> None:
        connection = self._pool.make_connection()
        # also when a writer opens the connection anew before the reader notices that it broke
        connection.register_connect_callback(self._subscribe)
        connection.connect()
        self._connection = connection
        with self._changed:
            late = sorted(self._wanted - self._subscribed)
        if late:
            self._send("SUBSCRIBE", *late)

    def _subscribe(self, connection: Any) -> None:
        with self._changed:
            self._subscribed = set(self._wanted)
        connection.send_command("SUBSCRIBE", *sorted(self._subscribed), check_health=False)

    def _disconnect(self) -> None:
        with self._changed:
            connection, self._connection = self._connection, None
            self._heard.clear()
        if connection is not None:
            connection.disconnect()

    def _messages(self) -> Iterator[bytes]:
        asked = False
        while True:
            if not self._connection.can_read(timeout=_SILENCE):
                if asked:
                    raise redis.ConnectionError("no answer to a ping")
                asked = True
                self._send("PING")
                continue
            asked = False
            kind, channel, data = (*self._connection.read_response(), None)[:3]
            if kind == b"message":
                yield data
            elif kind == b"subscribe":
                with self._changed:
                    if (name := channel.decode()) in self._wanted:
                        self._heard.add(name)
                    self._changed.notify_all()

    def _command(self, verb: str, channel: str) -> None:
        try:
            self._send(verb, channel)
        except _FAILURES as error:
            # the reader finds the connection broken too, and subscribes to everything anew
            log.debug("%s %s: %s", verb, channel, error)

    def _send(self, *command: str) -> None:
        with self._writing:
            if (connection := self._connection) is not None:
                connection.send_command(*command)
