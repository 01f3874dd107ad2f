"""Entries `{type, id}` of a folder or a model: files, knowledge bases and notes that it passes on to whoever may
read it. So only what its owner may read belongs there (data.md, folder)."""

from typing import Any

from models.knowledge import Knowledge
from models.notes import Note
from utils.access import files
from utils.access.permissions import Someone
from utils.access.resources import Resource

BASES = Resource(Knowledge, "knowledge")
NOTES = Resource(Note, "note")
_RESOURCES = {"collection": BASES, "note": NOTES}

Entry = dict[str, Any]


def readable(entries: Any, user: Someone) -> list[Entry]:
    """Those of the entries that `user` may read; an administrator all that have a known type."""
    known = [one for one in entries if _is_known(one)] if isinstance(entries, list) else []
    if user.role == "admin":
        return known
    allowed = {("file", one) for one in files.readable(_ids(known, "file"), user)}
    for kind, resource in _RESOURCES.items():
        if wanted := _ids(known, kind):
            rows = resource.select(user, "read", resource.table.id).where(resource.table.id.in_(wanted))
            allowed |= {(kind, row_id) for (row_id,) in rows.tuples()}
    return [one for one in known if (one["type"], one["id"]) in allowed]


def all_readable(entries: Any, user: Someone) -> bool:
    """Whether every one of the entries is known and `user` may read it; no list at all is fine too."""
    if entries is None:
        return True
    return isinstance(entries, list) and len(readable(entries, user)) == len(entries)


def _is_known(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("type") in ("file", *_RESOURCES)
        and isinstance(entry.get("id"), str)
        and bool(entry["id"])
    )


def _ids(entries: list[Entry], kind: str) -> list[str]:
    return [one["id"] for one in entries if one["type"] == kind]
