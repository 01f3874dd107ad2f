"""Direct connections: models whose provider only the page can reach (chat.md section 10, realtime.md 7).

The page is asked for the completion. A stream comes back as socket events that are named after a
channel, `<user>:<socket>:<request>`, each an object or lines of SSE, the last one `{"done": true}`.
With Redis it may come in by another process, which passes it on over `P:direct_completion`.
"""

import functools
import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Response

from models import json_codec
from models.database import release
from utils.chat.turn import Turn
from utils.cluster import redis
from utils.jobs import drain
from utils.providers import frames
from utils.providers.catalog import Model
from utils.providers.errors import ProviderError, innermost
from utils.realtime import calls, sessions
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

_LOOK_EVERY = 2.0
_MOST_WAITING = 10_000
_END = object()


def model_of(turn: Turn, model_id: Any) -> Model | None:
    """The page's own model, if the turn names one. It is the page's business who may use it."""
    item = turn.body.get("model_item")
    if not isinstance(item, dict) or not item.get("direct") or not isinstance(model_id, str) or not model_id:
        return None
    about = item.get("info")
    meta = about.get("meta") if isinstance(about, dict) else None
    capabilities = meta.get("capabilities") if isinstance(meta, dict) else None
    entry: dict[str, Any] = {"id": model_id, "name": str(item.get("name") or model_id)}
    if isinstance(capabilities, dict):
        entry["info"] = {"meta": {"capabilities": capabilities}}
    return Model(model_id, entry, "openai", "external", model_id, model_id, (), None, None, {})


class Stream:
    """What the page sends on one channel, in order."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._waiting: queue.Queue[Any] = queue.Queue(_MOST_WAITING)

    def put(self, data: Any) -> None:
        """Takes one event. A page that sends much faster than it is read loses its stream."""
        try:
            self._waiting.put_nowait(data)
        except queue.Full:
            log.warning("a page sends faster than its answer is read; the rest is dropped")

    def end(self) -> None:
        """Nothing more is wanted."""
        self.put(_END)

    def events(self, sid: str, user_id: str) -> Iterator[Any]:
        """What came, until the page says that it is done. Raises `ProviderError` when it goes away."""
        idle = environment.current().stream_idle_timeout
        heard = time.monotonic()
        while True:
            try:
                data = self._waiting.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                if sessions.owner_of(sid) != user_id or (idle and time.monotonic() - heard > idle):
                    raise _gone() from None
                continue
            heard = time.monotonic()
            if data is _END:
                raise _gone()
            if isinstance(data, dict) and data.get("done"):
                return
            yield data


_open: dict[str, Stream] = {}


def received(sid: str, user_id: str, event: str, data: Any) -> bool:
    """An event of a socket: whether it was a piece of an answer, on a channel of this very socket."""
    if not event.startswith(f"{user_id}:{sid}:"):
        return False
    stream = _open.get(event)
    if stream is not None:
        stream.put(data)
    elif redis.client() is not None:
        _outgoing.put(json_codec.dumps({"channel": event, "data": data}))
        _pass_on()
    return True


class Reply:
    """The page's answer, read like `utils.providers.completions.Reply`."""

    protocol = "openai"
    status = 200

    def __init__(
        self, turn: Turn, message_id: str, model: Model, body: dict[str, Any], waiting: calls.Waiting | None = None
    ) -> None:
        self.is_stream = bool(body.get("stream"))
        self._sid, self._user_id = turn.session_id or "", turn.user.id
        self._stream = Stream(f"{self._user_id}:{self._sid}:{uuid.uuid4()}")
        release()
        _open[self._stream.channel] = self._stream
        listen()
        data = {
            "form_data": {**body, "model": model.id},
            "model": turn.body["model_item"],
            "channel": self._stream.channel,
            "session_id": self._sid,
        }
        seconds = environment.current().provider_timeout
        place = (turn.chat_id or "", message_id)
        try:
            self._answer = calls.ask(
                turn.session_id,
                self._user_id,
                "request:chat:completion",
                data,
                place=place,
                seconds=seconds,
                waiting=waiting,
            )
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        answer = self._answer
        refused = not isinstance(answer, dict) or answer.get("error") or (self.is_stream and not answer.get("status"))
        if refused:
            text = innermost(answer) if isinstance(answer, dict) else None
            raise ProviderError(400, {"detail": text if isinstance(text, str) else "The page did not answer."})

    def json(self) -> Any:
        """The whole answer."""
        return self._answer

    def events(self) -> Iterator[list[dict[str, Any]]]:
        """The decoded chunks. Raises `ProviderError` when the page goes away. Closes the answer."""
        try:
            for data in self._stream.events(self._sid, self._user_id):
                found, ended = [data], False
                if not isinstance(data, dict):
                    found, ended = frames.sse(str(data).encode().splitlines())
                # events of the message's own are not the page's to make
                if own := [chunk for chunk in found if "event" not in chunk]:
                    yield own
                if ended:
                    return
        finally:
            self.close()

    def relay(self) -> Response:
        """For a client without a chat: the pieces as SSE, or the whole answer as JSON."""
        if not self.is_stream:
            return Response(json_codec.dumps_bytes(self._answer), content_type="application/json")
        out = Response(self._pieces(), content_type="text/event-stream")
        out.call_on_close(self.close)
        return out

    def _pieces(self) -> Iterator[bytes]:
        try:
            for data in self._stream.events(self._sid, self._user_id):
                text = data if isinstance(data, str) else json_codec.dumps(data)
                yield (text if text.startswith("data:") else f"data: {text}").encode() + b"\n\n"
        except ProviderError as error:
            yield b"data: " + json_codec.dumps_bytes({"error": {"message": error.message}}) + b"\n\n"

    def abort(self) -> None:
        """Wakes whoever reads: the answer is not wanted any more."""
        self._stream.end()

    def close(self) -> None:
        """Forgets the channel."""
        _open.pop(self._stream.channel, None)


def _gone() -> ProviderError:
    return ProviderError(400, {"detail": "The page that has the connection to this model was closed."})


# -- between processes

_outgoing: "queue.SimpleQueue[str]" = queue.SimpleQueue()
_listening, _passing = threading.Event(), threading.Event()


def _channel() -> str:
    return redis.key("direct_completion")


def _pass_on() -> None:
    """Starts the thread that publishes, once: one after the other, so that the order holds."""
    if not _passing.is_set():
        _passing.set()
        threading.Thread(target=_publish, name="direct-out", daemon=True).start()


def _publish() -> None:
    while True:
        redis.ask(functools.partial(_send, _outgoing.get()), None)


def _send(text: str, client: Any) -> None:
    client.publish(_channel(), text)


def listen() -> None:
    """Starts hearing what other processes pass on, once, and waits until it is heard."""
    if redis.client() is None or _listening.is_set():
        return
    _listening.set()
    ready = threading.Event()
    threading.Thread(target=_hear, args=(ready,), name="direct-in", daemon=True).start()
    ready.wait(2)


def _hear(ready: threading.Event) -> None:
    while not drain.draining() and (client := redis.client()) is not None:
        try:
            with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                pubsub.subscribe(_channel())
                ready.set()
                while not drain.draining():
                    message = pubsub.get_message(timeout=5.0)
                    if message and message["type"] == "message":
                        _deliver(message["data"])
        except redis.failures() as error:
            log.error("cannot hear of direct connections over Redis: %s", error)
            time.sleep(1)
    _listening.clear()


def _deliver(text: str) -> None:
    try:
        given = json_codec.loads(text)
        stream = _open.get(given["channel"])
    except (ValueError, KeyError, TypeError):
        return
    if stream is not None:
        stream.put(given.get("data"))
