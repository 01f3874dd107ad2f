"""Importing chats: exports of this API, older layouts, and ChatGPT's as the frontend sends them.

All chats of a request are stored, or none. Ids, owners and folders in what is sent count for nothing:
each chat is new, the caller's, and lies in a folder only if he may write there.
"""

from typing import Any

from models import folder_tree
from models.base import now
from models.chats import Chat, Tag
from models.database import write
from utils.access.permissions import group_ids
from utils.chat import merge, store
from utils.http.errors import bad_request

_MOST_MESSAGES = 100_000
_LATEST = 10**11
"""Times beyond are not seconds."""


def store_all(user: Any, sent: list[dict[str, Any]]) -> list[Chat]:
    """Stores these chats (fields of ImportedChat). Raises 400 for one that cannot be stored."""
    for one in sent:
        if one["meta"] is None or one["archived"] is None:
            raise bad_request("meta and archived are left out, or have a value.")
        tags = one["meta"].get("tags")
        if isinstance(tags, list) and not all(isinstance(tag, str) for tag in tags):
            raise bad_request("The tags of a chat are texts.")
        _checked(merge.fresh(one["chat"], user))
    with write():
        return [_store(user, one) for one in sent]


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    if len(store.messages_of(document)) > _MOST_MESSAGES:
        raise bad_request(f"A chat of more than {_MOST_MESSAGES} messages cannot be imported.")
    return document


def _store(user: Any, sent: dict[str, Any]) -> Chat:
    meta = sent["meta"]
    meta.pop("internal", None)
    created = _seconds(sent["created_at"]) or now()
    columns: dict[str, Any] = {
        "meta": meta,
        "pinned": bool(sent["pinned"]),
        "archived": bool(sent["archived"]),
        "variables": sent["variables"] or {},
        "folder_id": _folder(user, sent["folder_id"]),
        "created_at": created,
        "updated_at": _seconds(sent["updated_at"]) or now(),
    }
    if sent["current_message_id"] in store.messages_of(sent["chat"]):
        columns["current_message_id"] = sent["current_message_id"]
    Tag.ensure(user.id, meta["tags"] if isinstance(meta.get("tags"), list) else [])
    return store.create(user.id, sent["chat"], **columns)


def _seconds(stamp: int | None) -> int | None:
    """A time as it was sent: seconds; later ones are milliseconds, and negative ones nothing."""
    if stamp is None or stamp <= 0 or stamp > _LATEST * 1000:
        return None
    return stamp // 1000 if stamp > _LATEST else stamp


def _folder(user: Any, folder_id: str | None) -> str | None:
    if not folder_id or not folder_tree.standing(folder_id, user.id, group_ids(user.id)).writes:
        return None
    return folder_id
