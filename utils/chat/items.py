"""Items of an answer (`output` of a message): making them, and making sure of those that others made (chat.md 5)."""

import secrets
import time
from typing import Any

from models.json_kinds import as_objects

Item = dict[str, Any]

CUT = "open_webui:context_compaction"
"""The type of the item that marks where a reply was shortened while it grew; its summary is a text."""

_TEXTS = ("type", "id", "call_id", "name", "arguments", "status", "role", "text", "refusal")
_PARTS = ("content", "summary", "reasoning_details")


def new_item_id(prefix: str) -> str:
    """`msg_…`, `r_…`, `fco_…`: the prefix and 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(12)}"


def message_item(text: str = "", status: str = "in_progress") -> dict[str, Any]:
    """An item of text."""
    return {
        "type": "message",
        "id": new_item_id("msg"),
        "status": status,
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }


def reasoning_item(start_tag: str, end_tag: str, attributes: dict[str, str] | None = None) -> dict[str, Any]:
    """An item of thinking that has just begun."""
    return {
        "type": "reasoning",
        "id": new_item_id("r"),
        "status": "in_progress",
        "start_tag": start_tag,
        "end_tag": end_tag,
        "attributes": attributes or {},
        "content": [{"type": "output_text", "text": ""}],
        "summary": None,
        "started_at": time.time(),
    }


def structured_item() -> dict[str, Any]:
    """An item of thinking that the provider keeps apart from its text."""
    return reasoning_item("<think>", "</think>") | {"attributes": {"type": "reasoning_content"}, "content": []}


def sound(given: Item) -> Item:
    """An item or a part of one, as all who work with it rely on it: texts are texts, parts are objects. What
    has another form is left out. Not for `reasoning_details`, which go back to the provider as they were."""
    made = {key: value for key, value in given.items() if key not in _TEXTS or isinstance(value, str)}
    for key in _PARTS:
        is_text = key == "summary" and made.get("type") == CUT and isinstance(made.get(key), str)
        if made.get(key) is not None and not is_text:
            made[key] = [dict(part) for part in as_objects(made[key])]
    for key in ("content", "summary", "output"):
        if isinstance(made.get(key), list):
            made[key] = sound_list(made[key])
    if not isinstance(made.get("provider_function", {}), dict):
        del made["provider_function"]
    return made


def sound_list(given: Any) -> list[Item]:
    """The items of a list that are some, sound."""
    return [sound(one) for one in as_objects(given)]
