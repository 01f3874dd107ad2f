"""The tags of chats: ids in `chat.meta.tags`, labels in the `tag` table, which keeps only those in use."""

from typing import Any

from models import chat_lists
from models.chats import Chat, Tag
from models.database import write
from utils.http.errors import bad_request

_RESERVED = "none"
"""`tag:none` searches for chats without tags."""


def of_chat(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The tags of a chat, as its owner named them."""
    return Tag.of_user(row["user_id"], Chat.tag_ids(row["id"]))


def add(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Puts a tag on a chat; returns all it has now. Raises 400 for the reserved name."""
    if Tag.id_of(name) == _RESERVED:
        raise bad_request("This name is reserved for chats without tags.")
    with write():
        ids = Chat.tag_ids(row["id"])
        added = Tag.ensure(row["user_id"], [name])[0]
        if added not in ids:
            Chat.set_tag_ids(row["id"], [*ids, added])
    return of_chat(row)


def remove(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Takes a tag off a chat; returns what it has left."""
    removed = Tag.id_of(name)
    with write():
        ids = Chat.tag_ids(row["id"])
        if removed in ids:
            Chat.set_tag_ids(row["id"], [one for one in ids if one != removed])
            drop_unused(row["user_id"], [removed])
    return of_chat(row)


def drop_unused(user_id: str, tag_ids: list[str]) -> None:
    """Deletes those of these tags that no chat of the user carries. Inside a transaction."""
    unused = []
    for tag_id in set(tag_ids):
        condition, params = chat_lists.has_tag(tag_id)
        sql = f"SELECT 1 FROM {chat_lists.by_index('tags')} WHERE user_id = ? AND {condition} LIMIT 1"
        if not chat_lists.select(sql, user_id, *params):
            unused.append(tag_id)
    if unused:
        Tag.delete().where((Tag.user_id == user_id) & Tag.id.in_(unused)).execute()
