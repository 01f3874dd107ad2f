"""Values of JSON that somebody else wrote, as the kind they should be; empty where they are of another."""

from typing import Any


def as_object(value: Any) -> dict[str, Any]:
    """The object."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The list."""
    return value if isinstance(value, list) else []


def as_objects(value: Any) -> list[dict[str, Any]]:
    """What is an object in the list."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def as_text(value: Any) -> str:
    """The text."""
    return value if isinstance(value, str) else ""
