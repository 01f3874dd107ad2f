"""Folders inside folders: what lies above and below, and what grants on any of them allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models import json_codec
from models.base import database
from models.chat_lists import made, marks, select
from models.database import is_sqlite

# UNION drops what was seen before: a ring that the other server or a crash left behind ends it too
_ABOVE = (
    "WITH RECURSIVE up(id, parent_id, user_id) AS ("
    " SELECT id, parent_id, user_id FROM folder WHERE id = ?"
    " UNION SELECT f.id, f.parent_id, f.user_id FROM folder f JOIN up ON f.id = up.parent_id AND f.user_id = up.user_id"
    ") SELECT up.id AS id, up.user_id AS user_id, folder.data AS data"
    " FROM up JOIN folder ON folder.id = up.id AND folder.user_id = up.user_id"
)
_BELOW = (
    "WITH RECURSIVE down(id, user_id) AS ("
    " SELECT id, user_id FROM folder WHERE id IN ({marks})"
    " UNION SELECT f.id, f.user_id FROM folder f JOIN down ON f.parent_id = down.id AND f.user_id = down.user_id"
    ") SELECT id FROM down"
)


@dataclass(frozen=True)
class FolderStanding:
    """What somebody may do in a folder, by owning it or by grants on it or on a folder around it."""

    exists: bool = False
    owner: bool = False
    reads: bool = False
    writes: bool = False
    continues: bool = False
    """Whether it is shared for continuing other people's chats."""


def above(folder_id: str) -> list[dict[str, Any]]:
    """The folder and those around it: `id`, `user_id`, `data`."""
    rows = select(_ABOVE, folder_id)
    for row in rows:
        row["data"] = json_codec.loads(row["data"]) if row["data"] else None
    return rows


def below(folder_ids: Iterable[str]) -> list[str]:
    """These folders and all inside them."""
    ids = list(folder_ids)
    return [row["id"] for row in select(_BELOW.format(marks=marks(ids)), *ids)]


def standing(folder_id: str, user_id: str, group_ids: list[str]) -> FolderStanding:
    """The standing of a user; of a folder that is not there, none."""
    chain = above(folder_id)
    if not chain:
        return FolderStanding()
    # the chain begins with the folder itself, whose mode alone counts
    own = next(row for row in chain if row["id"] == folder_id)
    continues = (own["data"] or {}).get("share_mode") == "continue"
    if own["user_id"] == user_id:
        return FolderStanding(True, owner=True, reads=True, writes=True, continues=continues)
    held = _held([row["id"] for row in chain], user_id, group_ids)
    permissions = {one["permission"] for one in held}
    return FolderStanding(True, reads="read" in permissions, writes="write" in permissions, continues=continues)


def _held(folder_ids: list[str] | None, user_id: str, group_ids: list[str]) -> list[dict[str, Any]]:
    """The grants on these folders (all: None) that are the user's."""
    within = "" if folder_ids is None else f" AND resource_id IN ({marks(folder_ids)})"
    groups = f" OR (principal_type = 'group' AND principal_id IN ({marks(group_ids)}))" if group_ids else ""
    return select(
        f"SELECT resource_id, permission FROM access_grant WHERE resource_type = 'folder'{within}"
        f" AND ((principal_type = 'user' AND principal_id IN (?, '*')){groups})",
        *(folder_ids or []),
        user_id,
        *group_ids,
    )


_GIVEN_AWAY = (
    "SELECT DISTINCT folder.id, permission FROM folder JOIN access_grant"
    " ON resource_type = 'folder' AND resource_id = folder.id WHERE folder.user_id = ?"
)
_COLUMNS = "id, parent_id, user_id, name, items, meta, data, is_expanded, created_at, updated_at"


def shared_with(user_id: str, group_ids: list[str]) -> list[dict[str, Any]]:
    """The folders that are shared with the user, or by him with anybody, and then those inside them, the last
    changed first: all columns, JSON decoded, with `owner_name`, `permission` (read or write), and `is_read`:
    whether one of the grants is to read, which write does not include."""
    held = _held(None, user_id, group_ids)
    given = select(_GIVEN_AWAY, user_id)
    own = {row["id"] for row in given}
    shared = {one["resource_id"] for one in held} | own
    ids = below(shared)
    if not ids:
        return []
    written = set(below({one["resource_id"] for one in held if one["permission"] == "write"} | own))
    read = {one["resource_id"] for one in held if one["permission"] == "read"}
    read = set(below(read | {row["id"] for row in given if row["permission"] == "read"}))
    columns = ", ".join(f"f.{name}" for name in _COLUMNS.split(", "))
    rows = select(
        f'SELECT {columns}, u.name AS owner_name FROM folder f JOIN "user" u ON u.id = f.user_id '
        f"WHERE f.id IN ({marks(ids)}) ORDER BY f.updated_at DESC, f.{made()} DESC",
        *ids,
    )
    rows.sort(key=lambda row: row["id"] not in shared)
    for row in rows:
        decode(row)
        row["permission"] = "write" if row["id"] in written else "read"
        row["is_read"] = row["id"] in read
    return rows


def decode(row: dict[str, Any]) -> dict[str, Any]:
    """Decodes the JSON columns of a folder's row in place."""
    for name in ("items", "meta", "data"):
        row[name] = json_codec.loads(row[name]) if row[name] else None
    row["is_expanded"] = bool(row["is_expanded"])
    return row


def of_user(user_id: str) -> list[dict[str, Any]]:
    """The user's own folders, the oldest first."""
    rows = select(f"SELECT {_COLUMNS} FROM folder WHERE user_id = ? ORDER BY created_at, {made()}", user_id)
    return [decode(row) for row in rows]


def one(folder_id: str) -> dict[str, Any] | None:
    """A folder, whoever owns it."""
    rows = select(f"SELECT {_COLUMNS} FROM folder WHERE id = ?", folder_id)
    return decode(rows[0]) if rows else None


def orphan(user_id: str, folder_ids: list[str]) -> None:
    """Moves folders whose parent is not there to the top."""
    sql = f"UPDATE folder SET parent_id = NULL WHERE user_id = ? AND id IN ({marks(folder_ids)})"
    database.execute_sql(sql if is_sqlite() else sql.replace("?", "%s"), (user_id, *folder_ids))


def has_name(user_id: str, parent_id: str | None, name: str, besides: str | None = None) -> bool:
    """Whether the parent (None: the top) holds a folder of that name already, whatever the case."""
    rows = select("SELECT id, parent_id, name FROM folder WHERE user_id = ?", user_id)
    folded = name.lower()
    return any(row["parent_id"] == parent_id and row["id"] != besides and row["name"].lower() == folded for row in rows)
