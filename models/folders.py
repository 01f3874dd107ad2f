"""Folders of chats. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, BooleanField, TextField

from models import access_grants, chat_lists
from models.base import CleanText, CompositeKey, JSONText, Table, now
from models.chats import Chat


class Folder(Table):
    id = TextField()
    parent_id = TextField(null=True)
    user_id = TextField()
    name = CleanText()
    items = JSONText(null=True)
    meta = JSONText(null=True)
    is_expanded = BooleanField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)
    data = JSONText(null=True)

    class Meta:
        table_name = "folder"
        primary_key = CompositeKey("id", "user_id")

    @classmethod
    def change(cls, folder_id: str, **values: Any) -> None:
        """Writes these columns of one folder, and stamps it."""
        cls.update(**values, updated_at=now()).where(cls.id == folder_id).execute()

    @staticmethod
    def chat_ids(folder_ids: list[str], user_id: str | None = None) -> list[str]:
        """The chats in these folders, whoever they belong to or this user's."""
        rows = Chat.select(Chat.id).where(Chat.folder_id.in_(folder_ids))
        return [one for (one,) in (rows if user_id is None else rows.where(Chat.user_id == user_id)).tuples()]

    @classmethod
    def drop(cls, folder_ids: list[str], user_id: str) -> None:
        """Deletes folders and the grants on them; chats that still lie in them lie nowhere then. Inside a
        transaction."""
        Chat.update(folder_id=None).where(Chat.folder_id.in_(folder_ids)).execute()
        access_grants.remove("folder", folder_ids)
        cls.delete().where(cls.id.in_(folder_ids) & (cls.user_id == user_id)).execute()


def unread_counts(user_id: str) -> dict[str, int]:
    """Unread chats by folder, for every folder of the user (realtime.md 6.1). Unread: changed since it was
    read, and no reply is being written (data.md, chat.last_read_at)."""
    rows = Folder.select(Folder.id, Folder.parent_id).where(Folder.user_id == user_id).order_by(Folder.created_at)
    return rolled_up(user_id, dict(rows.tuples()))


def rolled_up(user_id: str, parents: dict[str, str | None]) -> dict[str, int]:
    """Unread chats by folder, those of the folders inside it included; `parents` are all folders of the
    user with what is around them."""
    counts = dict.fromkeys(parents, 0)
    unread = chat_lists.unread_by_folder(user_id) if parents else {}
    for folder_id, count in unread.items():
        at: str | None = folder_id
        seen: set[str] = set()
        while at in counts and at not in seen:
            counts[at] += count
            seen.add(at)
            at = parents[at]
    return counts
