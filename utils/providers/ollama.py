"""Between the OpenAI chat format and Ollama's `/api/chat` (providers.md section 8)."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from models import json_codec
from models.json_kinds import as_object, as_objects

_ROOT = ("stream", "format", "keep_alive", "think", "tools", "logprobs", "top_logprobs")
_OPTIONS = ("temperature", "top_p", "seed", "frequency_penalty", "presence_penalty", "stop")


def request(body: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Ollama's request for an OpenAI chat body (whose `options`, `format`, `keep_alive` and `think`
    may hold Ollama's own parameters)."""
    out: dict[str, Any] = {"model": model, "messages": [_message(one) for one in body.get("messages") or []]}
    out["stream"] = bool(body.get("stream", False))
    for name in _ROOT:
        if body.get(name) is not None:
            out[name] = body[name]
    options = _options(body)
    for name in _ROOT[1:4]:
        if name in options:
            out.setdefault(name, options.pop(name))
    if options:
        out["options"] = options
    if (schema := _schema(body.get("response_format"))) is not None:
        out["format"] = schema
    return out


def _options(body: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(body["options"]) if isinstance(body.get("options"), dict) else {}
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    if most is None:
        most = options.pop("max_tokens", None)
    if most is not None:
        options["num_predict"] = most
    for name in _OPTIONS:
        if body.get(name) is not None:
            options[name] = body[name]
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    return options


def _schema(response_format: Any) -> Any:
    if not isinstance(response_format, dict):
        return None
    kind = response_format.get("type")
    if kind == "json_schema":
        return as_object(response_format.get("json_schema")).get("schema")
    return "json" if kind == "json_object" else None


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"role": message.get("role")}
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        out["content"] = "".join(text for text in texts if isinstance(text, str))
        if images := [image for part in content if (image := _image(part))]:
            out["images"] = images
    else:
        out["content"] = content or ""
    if calls := message.get("tool_calls"):
        out["content"] = out["content"] if isinstance(content, str) else ""
        out["tool_calls"] = [_call_out(one) for one in as_objects(calls)]
    for name in ("tool_call_id", "thinking", "images"):
        if message.get(name):
            out.setdefault(name, message[name])
    if message.get("reasoning_content"):
        out.setdefault("thinking", message["reasoning_content"])
    return out


def _image(part: Any) -> str | None:
    if not isinstance(part, dict) or part.get("type") != "image_url":
        return None
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if not isinstance(url, str):
        return None
    return url.split(",", 1)[1] if url.startswith("data:") and "," in url else url


def _call_out(call: Mapping[str, Any]) -> dict[str, Any]:
    function = as_object(call.get("function"))
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json_codec.loads(arguments)
        except ValueError:
            arguments = {}
    return {
        "index": call.get("index", 0),
        "id": call.get("id"),
        "function": {"name": function.get("name"), "arguments": arguments or {}},
    }


def _calls_in(calls: Any, first: int = 0) -> list[dict[str, Any]]:
    made = []
    for index, call in enumerate(calls if isinstance(calls, list) else [], first):
        function = as_object(as_object(call).get("function"))
        arguments = function.get("arguments")
        made.append(
            {
                "index": function.get("index", index),
                "id": call.get("id") or f"call_{uuid.uuid4()}",
                "type": "function",
                "function": {
                    "name": function.get("name", ""),
                    "arguments": arguments if isinstance(arguments, str) else json_codec.dumps(arguments or {}),
                },
            }
        )
    return made


def usage(frame: Mapping[str, Any]) -> dict[str, Any]:
    """The usage of a last frame: tokens in both namings, speeds, and Ollama's own numbers (ns)."""
    read, written = frame.get("prompt_eval_count") or 0, frame.get("eval_count") or 0
    total = frame.get("total_duration") or 0
    seconds = int(total / 1e9)
    return {
        "input_tokens": read,
        "output_tokens": written,
        "total_tokens": read + written,
        "response_token/s": _speed(written, frame.get("eval_duration")),
        "prompt_token/s": _speed(read, frame.get("prompt_eval_duration")),
        "total_duration": total,
        "load_duration": frame.get("load_duration") or 0,
        "prompt_eval_count": read,
        "prompt_tokens": read,
        "prompt_eval_duration": frame.get("prompt_eval_duration") or 0,
        "eval_count": written,
        "completion_tokens": written,
        "eval_duration": frame.get("eval_duration") or 0,
        "approximate_total": f"{seconds // 3600}h{seconds % 3600 // 60}m{seconds % 60}s",
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _speed(tokens: int, nanoseconds: Any) -> Any:
    return round(tokens / (nanoseconds / 1e9), 2) if nanoseconds else "N/A"


def completion(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A chat.completion of a whole Ollama answer."""
    said = answer.get("message") or {}
    message: dict[str, Any] = {"role": said.get("role") or "assistant", "content": said.get("content") or ""}
    if said.get("thinking"):
        message["reasoning_content"] = said["thinking"]
    calls = _calls_in(said.get("tool_calls"))
    if calls:
        message["tool_calls"] = calls
    return {
        "id": f"{answer.get('model')}-{uuid.uuid4()}",
        "created": int(time.time()),
        "model": answer.get("model"),
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "tool_calls" if calls else answer.get("done_reason") or "stop",
                "message": message,
            }
        ],
        "object": "chat.completion",
        "usage": usage(answer),
    }


class Chunks:
    """Ollama's frames, one by one, as chat.completion.chunks of one id."""

    def __init__(self) -> None:
        self.id = f"chatcmpl-{uuid.uuid4()}"
        self.created = int(time.time())
        self._begun = False
        self._calls = 0

    def of(self, frames: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The chunks for these frames."""
        for frame in frames:
            if "error" in frame:
                yield {"error": {"message": frame["error"]}} if isinstance(frame["error"], str) else frame
                continue
            yield self._chunk(frame)

    def _chunk(self, frame: dict[str, Any]) -> dict[str, Any]:
        said = frame.get("message") or {}
        delta: dict[str, Any] = {}
        if not self._begun:
            delta["role"], self._begun = "assistant", True
        if said.get("content"):
            delta["content"] = said["content"]
        if said.get("thinking"):
            delta["reasoning_content"] = said["thinking"]
        if calls := _calls_in(said.get("tool_calls"), self._calls):
            self._calls += len(calls)
            delta["tool_calls"] = calls
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": None, "delta": delta}
        chunk = {
            "id": self.id,
            "created": self.created,
            "model": frame.get("model"),
            "choices": [choice],
            "object": "chat.completion.chunk",
        }
        if frame.get("done"):
            choice["finish_reason"] = "tool_calls" if self._calls else frame.get("done_reason") or "stop"
            chunk["usage"] = usage(frame)
        return chunk


def embeddings(answer: Mapping[str, Any], model: str) -> dict[str, Any]:
    """An OpenAI list of embeddings of an answer of `/api/embed`."""
    vectors = answer.get("embeddings")
    if vectors is None and answer.get("embedding") is not None:
        vectors = [answer["embedding"]]
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "embedding": vector, "index": index} for index, vector in enumerate(vectors or [])
        ],
        "model": model,
    }
