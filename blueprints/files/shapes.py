"""What the files area gives out."""

from typing import Any

from models.files import File

_META = ("name", "content_type", "size")


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A file in a list."""
    return {**row, "data": row["data"] or {}, "meta": _meta(row["meta"])}


def uploaded(row: File, *, processed: bool) -> dict[str, Any]:
    """A file that has just come in; one that is processed also says where it lies."""
    shown = {
        "id": row.id,
        "user_id": row.user_id,
        "hash": row.hash,
        "filename": row.filename,
        "data": row.data,
        "meta": _meta(row.meta),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    return shown | {"status": True, "path": row.path} if processed else shown


def whole(row: File) -> dict[str, Any]:
    """All of a file's row."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "hash": row.hash,
        "filename": row.filename,
        "path": row.path,
        "data": row.data,
        "meta": row.meta,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _meta(meta: dict[str, Any] | None) -> dict[str, Any]:
    return {**dict.fromkeys(_META), **(meta or {})}
