"""What a list shows around its rows: grants, owner, whether the caller may write. Two queries a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models import access_grants, listing
from utils.access.permissions import Someone, group_ids
from utils.access.resources import Resource


@dataclass(frozen=True)
class Surroundings:
    """By row id: `grants` whole, `owner` as `{id, name, role, email}` or None, `writable`."""

    grants: dict[str, list[dict[str, Any]]]
    owners: dict[str, dict[str, Any]]
    writable: frozenset[str]

    def of(self, row: dict[str, Any]) -> dict[str, Any]:
        """`access_grants`, `user` and `write_access` of a row that has `id` and `user_id`."""
        return {
            "access_grants": self.grants.get(row["id"], []),
            "user": self.owners.get(row["user_id"]),
            "write_access": row["id"] in self.writable,
        }


def around(resource: Resource, rows: Iterable[dict[str, Any]], user: Someone) -> Surroundings:
    """The surroundings of rows that have `id` and `user_id`."""
    rows = list(rows)
    grants = access_grants.of_resources(resource.kind, [row["id"] for row in rows]) if rows else {}
    mine = group_ids(user.id)
    writable = frozenset(
        row["id"]
        for row in rows
        if row["user_id"] == user.id
        or resource.bypassed(user)
        or "write" in listing.held_by(grants[row["id"]], user.id, mine)
    )
    return Surroundings(grants, listing.owners(row["user_id"] for row in rows), writable)
