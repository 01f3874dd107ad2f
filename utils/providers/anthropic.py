"""Between Anthropic's Messages format and OpenAI's chat format (providers.md section 7)."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from models import json_codec
from models.json_kinds import as_object, as_objects, as_text
from utils.providers import frames
from utils.providers.connections import Connection

VERSION = "2023-06-01"
_SAME = ("max_tokens", "temperature", "top_p", "top_k", "stream", "service_tier")
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "end_turn"}
_CHOICES = {"auto": "auto", "any": "required"}


def is_native(connection: Connection) -> bool:
    """Whether the connection takes Messages requests as they are."""
    return urlsplit(connection.url).hostname == "api.anthropic.com" or connection.provider == "litellm"


# -- in


def request(body: Mapping[str, Any], passed: Iterable[str] = ()) -> dict[str, Any]:
    """The chat body for a Messages request; `passed` are further keys to hand through as they are."""
    messages = _paired([one for message in as_objects(body.get("messages")) for one in _messages(message)])
    if system := _system(body.get("system")):
        messages.insert(0, {"role": "system", "content": system})
    out: dict[str, Any] = {"model": body.get("model"), "messages": messages}
    out |= {name: body[name] for name in (*_SAME, *passed) if body.get(name) is not None}
    if body.get("stop_sequences"):
        out["stop"] = body["stop_sequences"]
    out |= _output(body.get("output_config"))
    if tools := [_tool(one) for one in as_objects(body.get("tools"))]:
        out["tools"] = tools
        choice = as_object(body.get("tool_choice"))
        if choice.get("type") == "tool":
            out["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
        elif choice.get("type") in _CHOICES:
            out["tool_choice"] = _CHOICES[choice["type"]]
    return out


def _system(system: Any) -> Any:
    if isinstance(system, str):
        return system
    blocks = [one for one in as_objects(system) if one.get("type") == "text"]
    if any("cache_control" in one for one in blocks):
        return blocks
    return "\n".join(as_text(one.get("text")) for one in blocks)


def _output(config: Any) -> dict[str, Any]:
    config = as_object(config)
    out: dict[str, Any] = {}
    if config.get("effort"):
        out["reasoning_effort"] = config["effort"]
    wanted = config.get("format")
    if isinstance(wanted, dict) and wanted.get("type") == "json_schema":
        schema = {"name": wanted.get("name") or "response_schema", "schema": wanted.get("schema")}
        out["response_format"] = {"type": "json_schema", "json_schema": schema}
    return out


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": tool.get("name", ""),
            "description": tool.get("description", ""),
            "parameters": tool.get("input_schema") or {},
        },
        **({"cache_control": tool["cache_control"]} if "cache_control" in tool else {}),
    }


def _messages(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One Messages message as chat messages: results of tools come before what else the user said."""
    role, content = message.get("role"), message.get("content")
    if not isinstance(content, list):
        return [{"role": role, "content": "" if content is None else content}]
    parts: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for block in as_objects(content):
        kind = block.get("type")
        if kind == "tool_use":
            calls.append(_call(block))
        elif kind == "tool_result":
            results.append(
                {"role": "tool", "tool_call_id": as_text(block.get("tool_use_id")), "content": _result(block)}
            )
        elif (part := _part(block)) is not None:
            parts.append(part)
    out = results
    if parts or calls or not results:
        said: dict[str, Any] = {"role": role, "content": _shortened(parts)}
        if calls:
            said["tool_calls"] = calls
        out = [*results, said]
    return out


def _paired(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`messages` without calls that were never answered, answers to no call, and what is empty then."""
    called: set[Any] = set()
    answered: set[Any] = set()
    for message in messages:
        called |= {call["id"] for call in message.get("tool_calls", ())}
        if message["role"] == "tool" and message.get("tool_call_id") in called:
            answered.add(message["tool_call_id"])
    seen: set[Any] = set()
    out = []
    for message in messages:
        if message["role"] == "tool":
            keep = message.get("tool_call_id") in seen
        else:
            made = message.get("tool_calls", ())
            calls = [call for call in made if call["id"] in answered]
            seen |= {call["id"] for call in calls}
            message = {name: value for name, value in message.items() if name != "tool_calls"}
            message |= {"tool_calls": calls} if calls else {}
            keep = bool(message["content"] or calls or not made)
        if keep:
            out.append(message)
    return out


def _shortened(parts: list[dict[str, Any]]) -> Any:
    if len(parts) == 1 and parts[0].get("type") == "text" and "cache_control" not in parts[0]:
        return as_text(parts[0].get("text"))
    return parts or ""


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json_codec.dumps(block.get("input") or {})
    return {
        "id": as_text(block.get("id")),
        "type": "function",
        "function": {"name": block.get("name"), "arguments": arguments},
    }


def _part(block: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = block.get("type")
    if kind == "text":
        return {name: block[name] for name in ("type", "text", "cache_control") if name in block}
    if kind == "image":
        return _image(block)
    if kind == "redacted_thinking" or (kind == "thinking" and block.get("signature")):
        return dict(block)
    return None


def _image(block: Mapping[str, Any]) -> dict[str, Any]:
    source = as_object(block.get("source"))
    url = source.get("url")
    if source.get("type") == "base64":
        url = f"data:{source.get('media_type', 'image/png')};base64,{source.get('data', '')}"
    return {"type": "image_url", "image_url": {"url": url or ""}}


def _result(block: Mapping[str, Any]) -> Any:
    content = block.get("content")
    prefix = "Error: " if block.get("is_error") else ""
    if not isinstance(content, list):
        return prefix + (content if isinstance(content, str) else "")
    images = [_image(one) for one in as_objects(content) if one.get("type") == "image"]
    text = prefix + "\n".join(as_text(one.get("text")) for one in as_objects(content) if one.get("type") == "text")
    if not images or prefix:
        return text
    return [*([{"type": "text", "text": text}] if text else []), *images]


# -- out


def message(answer: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """The Messages answer for a chat.completion; `model` as it was asked for."""
    choice = next(iter(as_objects(answer.get("choices"))), {})
    said = as_object(choice.get("message"))
    content: list[dict[str, Any]] = []
    if thought := said.get("reasoning_content") or said.get("reasoning"):
        content.append({"type": "thinking", "thinking": thought})
    if text := said.get("content"):
        content.append({"type": "text", "text": text})
    for call in as_objects(said.get("tool_calls")):
        function = as_object(call.get("function"))
        content.append(
            {
                "type": "tool_use",
                "id": call.get("id"),
                "name": function.get("name"),
                "input": frames.json_object((function.get("arguments") or "{}").encode()) or {},
            }
        )
    return {
        "id": answer.get("id") or f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "content": content,
        "model": model,
        "stop_reason": _STOPS.get(choice.get("finish_reason") or "stop", "end_turn"),
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0, **_usage(answer.get("usage"))},
    }


def _usage(usage: Any) -> dict[str, Any]:
    if not isinstance(usage, dict):
        return {}
    read = usage.get("prompt_tokens", usage.get("input_tokens")) or 0
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    out = {
        "output_tokens": usage.get("completion_tokens", usage.get("output_tokens")) or 0,
        "input_tokens": max(read - cached, 0),
    }
    return out | ({"cache_read_input_tokens": cached} if cached else {})


def _event(kind: str, **values: Any) -> bytes:
    return f"event: {kind}\ndata: ".encode() + json_codec.dumps_bytes({"type": kind, **values}) + b"\n\n"


class Events:
    """Chat chunks in, Messages events out."""

    def __init__(self, model: Any, counted: int = 0) -> None:
        self.model, self.counted = model, counted
        self._index = -1
        self._open = ""
        self._reason = "end_turn"
        self._usage: dict[str, Any] = {"output_tokens": 0, "input_tokens": counted}

    def start(self) -> bytes:
        """The first event."""
        head = {
            "id": f"msg_{uuid.uuid4().hex[:24]}",
            "type": "message",
            "role": "assistant",
            "content": [],
            "model": self.model,
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": self.counted, "output_tokens": 0},
        }
        return _event("message_start", message=head)

    def of(self, chunk: Mapping[str, Any]) -> Iterator[bytes]:
        """The events of one chunk."""
        if "error" in chunk:
            yield _event("error", error=_error(chunk["error"]))
            return
        self._usage |= _usage(chunk.get("usage"))
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                yield from self._piece("thinking", {"type": "thinking", "thinking": ""}, thinking_delta=thought)
            if text := delta.get("content"):
                yield from self._piece("text", {"type": "text", "text": ""}, text_delta=text)
            for call in delta.get("tool_calls") or []:
                yield from self._call(call)
            if choice.get("finish_reason"):
                self._reason = _STOPS.get(choice["finish_reason"], "end_turn")

    def _call(self, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call.get("function") or {}
        key = f"call {call.get('index', 0)}"
        block: dict[str, Any] = {
            "type": "tool_use",
            "id": call.get("id") or f"toolu_{uuid.uuid4().hex[:24]}",
            "name": function.get("name") or "",
            "input": {},
        }
        yield from self._piece(key, block, input_json_delta=function.get("arguments") or "")

    def _piece(self, key: str, block: dict[str, Any], **delta: str) -> Iterator[bytes]:
        ((kind, text),) = delta.items()
        if key != self._open:
            yield from self._stop()
            self._index += 1
            self._open = key
            yield _event("content_block_start", index=self._index, content_block=block)
        if text:
            name = "partial_json" if kind == "input_json_delta" else kind.removesuffix("_delta")
            yield _event("content_block_delta", index=self._index, delta={"type": kind, name: text})

    def _stop(self) -> Iterator[bytes]:
        if self._open:
            self._open = ""
            yield _event("content_block_stop", index=self._index)

    def end(self) -> Iterator[bytes]:
        """The last events."""
        yield from self._stop()
        yield _event("message_delta", delta={"stop_reason": self._reason, "stop_sequence": None}, usage=self._usage)
        yield _event("message_stop")


def _error(error: Any) -> dict[str, Any]:
    text = error.get("message") if isinstance(error, dict) else error
    return {"type": "api_error", "message": str(text)}


def stream(pieces: Iterable[bytes], model: Any) -> Iterator[bytes]:
    """The Messages stream for the bytes of a chat stream."""
    events, lines = Events(model), frames.Lines()
    yield events.start()
    for piece in pieces:
        found, ended = frames.sse(lines.feed(piece))
        failed = next((place for place, chunk in enumerate(found) if "error" in chunk), None)
        if out := b"".join(
            one for chunk in found[: None if failed is None else failed + 1] for one in events.of(chunk)
        ):
            yield out
        if failed is not None:
            # nothing follows an error in this format
            return
        if ended:
            break
    yield b"".join(events.end())
