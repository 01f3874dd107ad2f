"""From a pipeline's chat body to what one connection takes (chat.md section 4.3, providers.md 5, 6, 8)."""

import re
from collections.abc import Mapping
from typing import Any

from utils.providers import params

_NEWER = re.compile(r"(o\d|gpt-0*([5-9]|[1-9]\d))", re.IGNORECASE)


def is_newer(model: str) -> bool:
    """Whether the model takes `max_completion_tokens` and a role `developer`: the o series, gpt-5 and later."""
    return _NEWER.match(model) is not None


def with_system(messages: list[Any], text: str) -> list[Any]:
    """A copy of `messages` in which `text` comes first in the system message at position 0."""
    if not text:
        return messages
    first = messages[0] if messages else None
    if isinstance(first, dict) and first.get("role") == "system":
        return [{**first, "content": _prepended(text, first.get("content"))}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def _prepended(text: str, content: Any) -> Any:
    if isinstance(content, list):
        parts = [dict(part) if isinstance(part, dict) else part for part in content]
        for part in parts:
            if isinstance(part, dict) and part.get("type") == "text":
                part["text"] = f"{text}\n{part.get('text', '')}"
                return parts
        return [{"type": "text", "text": text}, *parts]
    return f"{text}\n{content or ''}"


def for_openai(body: Mapping[str, Any], model: str, url: str) -> dict[str, Any]:
    """The body for an OpenAI-type provider: `model` by its own name, the keys it takes."""
    out = {name: value for name, value in body.items() if name != "metadata"}
    out["model"] = model
    if out.get("logit_bias"):
        out["logit_bias"] = params.logit_bias(out["logit_bias"])
    if is_newer(model):
        for_newer(out)
    elif "max_completion_tokens" in out and "api.openai.com" not in url:
        out["max_tokens"] = out.pop("max_completion_tokens")
    if not out.get("stream"):
        out.pop("stream_options", None)
    return out


def for_newer(body: dict[str, Any]) -> None:
    """Changes `body` to what newer models take; `system` becomes `developer` where it comes first."""
    if "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
    messages = body.get("messages") or []
    if messages and isinstance(messages[0], dict) and messages[0].get("role") == "system":
        body["messages"] = [{**messages[0], "role": "developer"}, *messages[1:]]


def flat_tool_messages(messages: list[Any]) -> list[Any]:
    """Tool messages with parts as plain text: providers of chat completions take nothing else."""
    return [_flat(one) for one in messages]


def _flat(message: Any) -> Any:
    if not isinstance(message, dict) or message.get("role") != "tool" or not isinstance(message.get("content"), list):
        return message
    texts = [
        str(part.get("text") or "")
        for part in message["content"]
        if isinstance(part, dict) and part.get("type") in ("text", "input_text")
    ]
    return {**message, "content": "".join(texts)}
