"""Who may read or change a file: its owner, administrators, and people whom something reaches that carries it.

Facts: access.tsv (`/api/v1/files/`), data.md section 4. Reading comes through knowledge bases, channels, shared
chats and folders, notes of the file's owner, and workspace models. Changing comes through a knowledge base or a
model only if that belongs to the file's owner: who merely reads a file gains nothing by putting it into a thing
of his own.
"""

from collections.abc import Iterable
from typing import Any

from models import access_grants, file_links, folder_tree
from models.files import File
from utils.access.permissions import Someone, group_ids
from utils.http.errors import not_found
from utils.settings import environment


def may(row: Any, user: Someone, permission: str = "read") -> bool:
    """Whether `user` has `permission` ("read", "write") on a file's row (`id`, `user_id`)."""
    if row.user_id == user.id or user.role == "admin":
        return True
    groups = group_ids(user.id)
    if permission != "read":
        return file_links.in_knowledge(
            row.id, user.id, groups, permission, owner_id=row.user_id
        ) or file_links.in_model(row.id, user.id, groups, permission, owner_id=row.user_id)
    return (
        file_links.in_knowledge(row.id, user.id, groups, permission)
        or file_links.in_channel(row.id, user.id, groups)
        or _in_chat(row.id, user, groups)
        or file_links.in_note(row.id, row.user_id, user.id, groups)
        or file_links.in_model(row.id, user.id, groups, permission)
    )


def _in_chat(file_id: str, user: Someone, groups: list[str]) -> bool:
    chats = file_links.shared_chats(file_id)
    return any(
        chat["user_id"] == user.id
        or "read" in access_grants.permissions_of("shared_chat", chat["id"], user.id, groups)
        or (chat["folder_id"] and folder_tree.standing(chat["folder_id"], user.id, groups).reads)
        for chat in chats
    )


def get(file_id: str, user: Someone, permission: str = "read") -> File:
    """The file without its text. Raises 404, also where it is not the caller's to know of."""
    row = File.head(file_id)
    if row is None or not may(row, user, permission):
        raise not_found("There is no such file.")
    return row


def readable(file_ids: Iterable[str], user: Someone) -> dict[str, File]:
    """Those of the files that `user` may read, without their texts, by id."""
    return {file_id: row for file_id, row in File.heads(file_ids).items() if may(row, user)}


def scope(user: Someone) -> str | None:
    """Whose files the lists show: everybody's (None) to an administrator who sees all, else the caller's."""
    return None if user.role == "admin" and environment.current().admin_sees_all else user.id
