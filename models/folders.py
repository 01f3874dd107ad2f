"""Folders of chats. Columns and units: data.md section 2."""

from peewee import SQL, BigIntegerField, BooleanField, TextField, Value, fn

from models.base import CleanText, CompositeKey, JSONText, Table, now
from models.chats import Chat, ChatMessage


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


def unread_counts(user_id: str) -> dict[str, int]:
    """Unread chats by folder, for every folder of the user (realtime.md 6.1). Unread: changed since it was
    read, and no reply is being written (data.md, chat.last_read_at)."""
    counts = {folder_id: 0 for (folder_id,) in Folder.select(Folder.id).where(Folder.user_id == user_id).tuples()}
    if not counts:
        return counts
    writing = ChatMessage.select(SQL("1")).where(
        (ChatMessage.chat_id == Chat.id) & (ChatMessage.role == "assistant") & (ChatMessage.done == Value(False))
    )
    rows = (
        Chat.select(Chat.folder_id, fn.COUNT(Chat.id))
        .where(
            (Chat.user_id == user_id)
            & Chat.folder_id.in_(list(counts))
            & (Chat.last_read_at.is_null() | (Chat.updated_at > Chat.last_read_at))
            & ~fn.EXISTS(writing)
        )
        .group_by(Chat.folder_id)
    )
    counts.update(dict(rows.tuples()))
    return counts
