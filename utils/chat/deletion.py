"""Deleting chats: what runs in them is stopped, and what hangs on them goes too, on both databases."""

from collections.abc import Callable

from models import chat_rows
from models.chats import Chat
from models.database import write
from utils.chat import labels, tasks, viewers


def delete(chat_ids: list[str], also: Callable[[], None] | None = None) -> None:
    """Deletes these chats, those inside them and tags that nothing carries any more; `also` is run in the
    same transaction. Whoever has one of them on screen is told to look again."""
    ids = _with_inner(chat_ids)
    for chat_id in ids:
        tasks.stop_item(chat_id)
    with write():
        carried = Chat.tags_of(ids)
        chat_rows.delete(ids)
        for user_id, tag_ids in carried.items():
            labels.drop_unused(user_id, tag_ids)
        if also is not None:
            also()
    viewers.look_again(ids)


def _with_inner(chat_ids: list[str]) -> list[str]:
    """These chats and the ones that live inside them (sub-agents), at any depth."""
    found: dict[str, None] = dict.fromkeys(chat_ids)
    level = list(found)
    while level:
        level = [one for one in chat_rows.internal_children(level) if one not in found]
        found.update(dict.fromkeys(level))
    return list(found)
