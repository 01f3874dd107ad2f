"""Chat variables: `{{chat.variables.tone | select:options=["kind","rude"]:default="kind"}}` in a workspace
model's system prompt (chat.md section 10). A prompt with one faulty placeholder has none at all."""

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\s*chat\.variables\.([^\s|}]*)\s*(?:\|\s*((?:\"(?:\\.|[^\"\\])*\"|[^}\"])*?))?\s*\}\}")
_KEY = re.compile(r"[a-z0-9_]+")
_TYPE = re.compile(r"\s*([a-z_-]+)")
_PROPERTY = re.compile(r":\s*([a-z_]+)\s*(?:=\s*(\"(?:\\.|[^\"\\])*\"|\[[^\]]*\]|[^:]*))?")
_KNOWN = {"default", "options", "required", "label", "placeholder", "description", "min", "max", "step"}


def fields(text: str) -> list[dict[str, Any]]:
    """The variables that a prompt asks for, each once, in order: key, type, required and properties."""
    found: dict[str, dict[str, Any]] = {}
    for match in _PLACEHOLDER.finditer(text if "chat.variables." in text else ""):
        key, definition = match[1], match[2] or ""
        if not _KEY.fullmatch(key):
            return []
        if key not in found or definition:
            found[key] = _field(key, definition)
    return list(found.values())


def filled(text: str, values: Mapping[str, Any] | None) -> str:
    """`text` with every variable replaced by its value, its default, or nothing; all of them by nothing where
    one is faulty or has a value that is not among its options."""
    if "chat.variables." not in text:
        return text
    chosen = _chosen(fields(text), values or {})
    return _PLACEHOLDER.sub(lambda match: _text(chosen.get(match[1])), text)


def _chosen(asked: list[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each variable that is asked for; none at all where one is not to be chosen."""
    out: dict[str, Any] = {}
    for one in asked:
        value = given.get(one["key"])
        out[one["key"]] = value = one.get("default") if value is None or value == "" else value
        options = one.get("options")
        if one["type"] == "select" and isinstance(options, list) and value not in (None, "", *options):
            return {}
    return out


def _field(key: str, definition: str) -> dict[str, Any]:
    kind = _TYPE.match(definition)
    field: dict[str, Any] = {"key": key}
    for name, raw in _PROPERTY.findall(definition[kind.end() :] if kind else ""):
        if name in _KNOWN:
            field[name] = _parsed(raw.strip()) if raw else True
    return {**field, "type": kind[1] if kind else "text", "required": field.get("required") in (True, "true")}


def _parsed(raw: str) -> Any:
    if not raw.startswith(('"', "[")):
        return raw
    try:
        # a text may go over several lines
        return json.loads(raw, strict=False)
    except ValueError:
        return raw


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value)
