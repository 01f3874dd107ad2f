"""JSON as the shared schema stores it: compact, UTF-8 unescaped, without NUL or lone surrogates.

Both databases must give back what they were given, and PostgreSQL refuses NUL characters (data.md
sections 1 and 2), so they are dropped on every write, on SQLite too.
"""

import json
import math
from typing import Any

import orjson

_NUL = b"\\u0000"


def loads(text: str | bytes | bytearray | memoryview) -> Any:
    """The value of a JSON text. Raises `ValueError` for anything that is not JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # NaN, Infinity and lone surrogates: written by the other server, refused by orjson
        return clean(json.loads(bytes(text) if isinstance(text, memoryview) else text))


def dumps(value: Any) -> str:
    """Compact JSON text of `value`, storable in both databases."""
    return dumps_bytes(value).decode()


def dumps_bytes(value: Any) -> bytes:
    """`dumps`, encoded."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        text = orjson.dumps(clean(value), option=orjson.OPT_NON_STR_KEYS)
    if _NUL in text:
        text = orjson.dumps(clean(value), option=orjson.OPT_NON_STR_KEYS)
    return text


def clean_text(text: str) -> str:
    """`text` without NUL characters and with lone surrogates replaced."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text


def clean(value: Any) -> Any:
    """A copy of `value` that every JSON reader and both databases accept."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value
