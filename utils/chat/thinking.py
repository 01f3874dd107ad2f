"""`reasoning_details`: thinking in the provider's own form, signed or encrypted, which it wants back as it was.

Facts: chat.md section 4.1.
"""

from typing import Any

Detail = dict[str, Any]

_GROWING = ("text", "summary", "data")


def add(details: list[Detail], pieces: list[Any]) -> None:
    """Joins pieces of a stream to what is there: those of one type and index are parts of one detail."""
    for piece in pieces:
        if not isinstance(piece, dict):
            continue
        known = next((one for one in reversed(details) if _belong(one, piece)), None)
        if known is None:
            details.append(dict(piece))
            continue
        for key, value in piece.items():
            if key in _GROWING and isinstance(value, str) and isinstance(known.get(key), str):
                known[key] += value
            elif value is not None:
                known[key] = value


def _belong(known: Detail, piece: Detail) -> bool:
    return piece.get("index") is not None and all(known.get(key) == piece.get(key) for key in ("type", "index"))
