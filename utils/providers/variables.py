"""Chat variables: `{{chat.variables.tone | select:options=["kind","rude"]:default="kind"}}` in a workspace
model's system prompt (chat.md section 10)."""

import re
from collections.abc import Mapping
from typing import Any

from models import json_codec

_PLACEHOLDER = re.compile(
    r"\{\{\s*chat\.variables\.([a-z0-9_]+)\s*(?:\|\s*((?:\"(?:\\.|[^\"\\])*\"|[^}\"])*?))?\s*\}\}"
)
_PROPERTY = re.compile(r":\s*([a-z_]+)\s*(?:=\s*(\"(?:\\.|[^\"\\])*\"|\[[^\]]*\]|[^:]*))?")
_TYPE = re.compile(r"\s*([a-z_-]+)")


def fields(text: str) -> list[dict[str, Any]]:
    """The variables that a prompt asks for, each once, in order: key, type, required and the properties."""
    found: dict[str, dict[str, Any]] = {}
    for match in _PLACEHOLDER.finditer(text if "chat.variables." in text else ""):
        key, definition = match[1], match[2] or ""
        if key not in found or (definition and len(found[key]) <= 3):
            found[key] = _field(key, definition)
    return list(found.values())


def filled(text: str, values: Mapping[str, Any] | None) -> str:
    """`text` with every variable replaced by its value, its default, or nothing."""
    if "chat.variables." not in text:
        return text
    defaults = {one["key"]: one.get("default") for one in fields(text)}
    given = values or {}

    def value(match: re.Match[str]) -> str:
        chosen = given.get(match[1])
        return _text(defaults.get(match[1]) if chosen is None or chosen == "" else chosen)

    return _PLACEHOLDER.sub(value, text)


def _field(key: str, definition: str) -> dict[str, Any]:
    kind = _TYPE.match(definition)
    field: dict[str, Any] = {"key": key, "type": kind[1] if kind else "text"}
    for name, raw in _PROPERTY.findall(definition[kind.end() :] if kind else ""):
        field[name] = _parsed(raw.strip()) if raw else True
    field.setdefault("required", False)
    return field


def _parsed(raw: str) -> Any:
    try:
        return json_codec.loads(raw)
    except ValueError:
        return raw


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_codec.dumps(value)
