"""From a pipeline's chat body to what one connection takes (chat.md section 4.3, providers.md 5, 6, 8)."""

import re
from collections.abc import Mapping
from typing import Any

_NEWER = re.compile(r"^(o\d|gpt-[5-9])", re.IGNORECASE)


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
    if _NEWER.match(model.rsplit("/", 1)[-1]):
        if "max_tokens" in out:
            out["max_completion_tokens"] = out.pop("max_tokens")
        out["messages"] = [_as_developer(one) for one in out.get("messages") or []]
    elif "max_completion_tokens" in out and "api.openai.com" not in url:
        out["max_tokens"] = out.pop("max_completion_tokens")
    if not out.get("stream"):
        out.pop("stream_options", None)
    return out


def _as_developer(message: Any) -> Any:
    if isinstance(message, dict) and message.get("role") == "system":
        return {**message, "role": "developer"}
    return message


def flat_tool_messages(messages: list[Any]) -> list[Any]:
    """Tool messages with parts as plain text, for the raw proxy: many providers take nothing else."""
    return [_flat(one) for one in messages]


def _flat(message: Any) -> Any:
    if not isinstance(message, dict) or message.get("role") != "tool" or not isinstance(message.get("content"), list):
        return message
    texts = [
        part.get("text", "") for part in message["content"] if isinstance(part, dict) and part.get("type") == "text"
    ]
    return {**message, "content": "\n".join(texts)}
