"""What a model wrote as the arguments of a call (chat.md section 6.2, points 2 and 3)."""

import ast
import json
from typing import Any

from models import json_codec


class NotAnObject(ValueError):
    """The arguments are no JSON object, and cannot be read as one."""


def parsed(text: str) -> dict[str, Any]:
    """The arguments: JSON, or a Python literal of the same meaning; nothing at all is no arguments.
    Raises `NotAnObject`."""
    if not text.strip():
        return {}
    try:
        value = json_codec.loads(text)
    except ValueError:
        value = _literal(text)
    if not isinstance(value, dict):
        raise NotAnObject(text)
    return value


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise NotAnObject(text) from None


def several(text: str) -> list[dict[str, Any]]:
    """The objects of a text that holds more than one, back to back; none where it is anything else."""
    found, place, decoder = [], 0, json.JSONDecoder()
    text = text.strip()
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
        while place < len(text) and text[place].isspace():
            place += 1
    return found if len(found) > 1 else []
