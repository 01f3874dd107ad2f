"""What the files area gives out."""

from typing import Any

from models.files import File

LISTED = (
    File.id,
    File.user_id,
    File.hash,
    File.filename,
    File.data,
    File.meta,
    File.created_at,
    File.updated_at,
)
_META = ("name", "content_type", "size")


def listed(row: dict[str, Any], *, content: bool) -> dict[str, Any]:
    """A file in a list; without `content` its text is left out."""
    data = row["data"] or {}
    if not content:
        data = {name: value for name, value in data.items() if name != "content"}
    return {**row, "data": data, "meta": {**dict.fromkeys(_META), **(row["meta"] or {})}}
