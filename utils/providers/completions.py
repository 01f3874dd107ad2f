"""One chat completion at whatever provider a model belongs to (providers.md 4 to 6, 8; chat.md 4.3, 9)."""

import contextlib
import random
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from flask import Response

from models import json_codec
from utils.http.stream import relayed_headers
from utils.providers import azure, client, departures, frames, ollama, params, payload, prompts, responses
from utils.providers.catalog import Model
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.errors import ProviderError, unreachable
from utils.providers.pieces import pieces
from utils.settings import environment

_DONE = b"data: [DONE]\n\n"
_PATIENCE = 0.2
"""Seconds for what follows the end mark."""


class Reply:
    """A provider's answer to a chat completion, of status below 400.

    `protocol` says what `events` gives: "openai" for chat.completion.chunk objects (Ollama's are
    converted to them), "responses" for the events of the Responses API. Whoever gets a reply reads it
    to the end or closes it; `relay` closes it by itself.
    """

    def __init__(self, response: requests.Response, connection: Connection, streamed: bool) -> None:
        self._response = response
        self._is_ollama = connection.kind == "ollama"
        self.protocol = "responses" if connection.speaks_responses and not self._is_ollama else "openai"
        self.status = response.status_code
        kind = response.headers.get("Content-Type", "")
        self.is_stream = streamed and "json" not in kind or "text/event-stream" in kind or "ndjson" in kind
        """Whether the answer comes in pieces; a provider may answer whole though a stream was asked."""

    @property
    def headers(self) -> dict[str, str]:
        """The provider's headers that a client may see."""
        return relayed_headers(self._response)

    def json(self) -> Any:
        """The whole answer as a chat.completion, or as the provider worded it: `{"error": …}` under a
        200, or anything else. Raises `ProviderError` for no JSON or a broken line."""
        answer = client.read_json(self._response, environment.current().provider_timeout)
        if not isinstance(answer, dict):
            return answer
        if self._is_ollama:
            return answer if "error" in answer else ollama.completion(answer)
        return responses.completion(answer) if self.protocol == "responses" else answer

    def events(self) -> Iterator[list[dict[str, Any]]]:
        """The decoded chunks, in one list (never empty) for what arrived together.

        Comments, garbage and the end mark are left out; a chunk with a key `error` is the provider's
        error frame, after which the stream goes on. Ends at `[DONE]` or with the answer. Raises
        `ProviderError` when the line is cut. Closes the answer.
        """
        try:
            lines = frames.batches(self._response, environment.current().stream_line_limit)
            yield from self._ollama_events(lines) if self._is_ollama else self._sse_events(lines)
        finally:
            self.close()

    def _sse_events(self, lines: Iterator[list[bytes]]) -> Iterator[list[dict[str, Any]]]:
        for batch in lines:
            found, ended = frames.sse(batch)
            if found:
                yield found
            if ended:
                self._drain(lines)
                return

    def _ollama_events(self, lines: Iterator[list[bytes]]) -> Iterator[list[dict[str, Any]]]:
        chunks = ollama.Chunks()
        for batch in lines:
            objects = [value for line in batch if line.strip() and (value := frames.json_object(line)) is not None]
            if found := list(chunks.of(objects)):
                yield found

    def _drain(self, lines: Iterator[list[bytes]]) -> None:
        """Reads the end after the end mark, so that the connection can serve again; briefly."""
        connection = getattr(self._response.raw, "connection", None)
        if connection is None or connection.sock is None:
            return
        connection.sock.settimeout(_PATIENCE)
        end = time.monotonic() + _PATIENCE
        try:
            while next(lines, None) is not None and time.monotonic() < end:
                pass
        except ProviderError:
            self.close()

    def relay(self) -> Response:
        """The answer for an API client: bytes unchanged as they arrive (Ollama's as SSE), or one JSON
        object. A stream that is cut ends with an error frame and the end mark. Raises `ProviderError`
        for a whole answer that cannot be read."""
        if not self.is_stream:
            return self._whole()
        content = self._converted() if self._is_ollama else self._unchanged()
        kind = "text/event-stream" if self._is_ollama else self._response.headers.get("Content-Type")
        out = Response(content, self.status, self.headers, content_type=kind)
        out.call_on_close(departures.watch(self.abort))
        out.call_on_close(self.close)
        return out

    def _whole(self) -> Response:
        if self._is_ollama or self.protocol == "responses":
            return Response(json_codec.dumps_bytes(self.json()), self.status, content_type="application/json")
        raw = client.read_all(self._response, seconds=environment.current().provider_timeout)
        return Response(raw, self.status, content_type=self._response.headers.get("Content-Type"))

    def _unchanged(self) -> Iterator[bytes]:
        try:
            yield from pieces(self._response)
        except client.BREAKS as error:
            yield _cut_frame(error)

    def _converted(self) -> Iterator[bytes]:
        try:
            for batch in self.events():
                yield b"".join(b"data: " + json_codec.dumps_bytes(chunk) + b"\n\n" for chunk in batch)
            yield _DONE
        except ProviderError as error:
            yield _cut_frame(error)

    def abort(self) -> None:
        """Hangs up from another greenlet or thread: whoever reads the answer gets a `ProviderError`."""
        stream = getattr(getattr(self._response.raw, "_fp", None), "fp", None)
        connected = getattr(getattr(stream, "raw", None), "_sock", None)
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hangs up; the provider stops working on it."""
        self._response.close()


def _cut_frame(error: Exception) -> bytes:
    text = error.message if isinstance(error, ProviderError) else "The connection to the model provider was lost."
    return b"\n\ndata: " + json_codec.dumps_bytes({"error": {"message": text}}) + b"\n\n" + _DONE


def complete(model: Model, body: Mapping[str, Any], context: Context) -> Reply:
    """Asks for a completion.

    `body`: an OpenAI chat body with final messages, as `params.placed` makes it (for an Ollama model it
    may hold `options` and the like); it is not changed, its `metadata` not sent. The
    model's own system prompt comes first in the system message and its own params fill what the body
    does not have. `body["model"]` is not looked at: `model` says.

    Gives the database connection back, then waits for the head of the answer. Raises `ProviderError`
    for no answer or one of status >= 400, `ApiError` 400 for a model that no provider serves.
    """
    if model.params:
        body = with_workspace(model, body, context)
    connection = pick(model)
    streamed = bool(body.get("stream"))
    if connection.kind == "ollama":
        path, extra, sent = _ollama(model, body)
    else:
        path, extra, sent = _openai(connection, model, body)
    response = client.call(
        connection, "POST", path, context, sent, model_id=model.served_id, extra=extra, streamed=streamed
    )
    return Reply(response, connection, streamed)


def pick(model: Model, index: int | None = None) -> Connection:
    """The connection to use: of an Ollama model on several hosts a random one, or number `index`.
    Raises `ProviderError` where there is none."""
    found = [one for one in model.connections if index is None or one.index == index]
    if not found:
        raise unreachable()
    return random.choice(found)


def with_workspace(model: Model, body: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A copy of `body` with the model's own params where it has none, and its own system prompt first."""
    out = params.placed(body, model.params, model.owned_by)
    if model.owned_by == "ollama" and isinstance(model.params.get("format"), (str, dict)):
        out["format"] = params.outgoing({"custom_params": {"format": model.params["format"]}})["format"]
    system = model.params.get("system")
    if isinstance(system, str) and system:
        render = context.render or (lambda text: prompts.rendered(text, context.user))
        out["messages"] = payload.with_system(out.get("messages") or [], render(system))
    return out


def _ollama(model: Model, body: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    return "/api/chat", {}, ollama.request(body, model.upstream)


def _openai(
    connection: Connection, model: Model, body: Mapping[str, Any]
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Path, extra headers and body for an OpenAI-type connection."""
    sent = payload.for_openai(body, model.upstream, connection.url)
    if connection.speaks_responses:
        sent = responses.request(sent)
        if connection.is_azure:
            version = connection.config.get("api_version") or azure.DEFAULT_VERSION
            return f"/openai/responses?api-version={version}", {}, sent
        return "/responses", {}, sent
    sent["messages"] = payload.flat_tool_messages(sent.get("messages") or [])
    if connection.is_azure:
        return azure.chat_request("", str(connection.config.get("api_version") or ""), sent)
    return "/chat/completions", {}, sent
