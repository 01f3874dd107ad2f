"""Copies of a chat: a clone is the whole document, a fork the branch up to one message, from its rows."""

from typing import Any

from models import documents, json_codec
from models.chats import Chat, ChatMessage, Tag
from utils.chat import merge, reading, store
from utils.http.errors import bad_request

_LABEL = {
    "user_id": "user_id",
    "role": "role",
    "parent_id": "parentId",
    "content": "content",
    "output": "output",
    "model_id": "model",
    "files": "files",
    "sources": "sources",
    "embeds": "embeds",
    "done": "done",
    "status_history": "statusHistory",
    "error": "error",
    "usage": "usage",
    "created_at": "timestamp",
    "context_summary": "contextSummary",
    "meta": "meta",
}


def clone(row: dict[str, Any], user: Any, title: str | None = None, *, by_link: bool = False) -> Chat:
    """A copy of a whole row, whose document is taken out of it, as a chat of `user`, named `title` or after the
    original. One made `by_link` lies in no folder and has no variables, whoever makes it."""
    document = _taken(row, "chat")
    meta = json_codec.loads(row["meta"]) if row["meta"] else {}
    variables = (json_codec.loads(row["variables"]) if row["variables"] else None) or {}
    own = row["user_id"] == user.id
    if not own:
        document = reading.without_private(document)
    if isinstance(document, dict):
        document.pop("share_mode", None)
    merge.shown(document)
    columns: dict[str, Any] = {"meta": _tagged(user, meta), "pinned": bool(row["pinned"])}
    if own and not by_link:
        columns |= {"variables": variables, "folder_id": row["folder_id"]}
    return _stored(document, row["id"], row["title"], user, title, **columns)


def clone_link(link: Any, user: Any) -> Chat:
    """A copy of a share link's snapshot as a chat of `user`."""
    document = reading.without_private(_taken(link.__dict__, "text"))
    tags = _tagged(user, {"tags": Chat.tag_ids(link.chat_id) or None})
    return _stored({**document, "share_mode": None}, link.id, link.title, user, None, meta=tags)


def _taken(holder: dict[str, Any], key: str) -> Any:
    """The value of a document's text, which is let go: both of a large one are a burden."""
    text = holder.pop(key)
    return documents.decoded(text) if text else {}


def _tagged(user: Any, meta: dict[str, Any] | None) -> dict[str, Any]:
    """The `meta` of a copy: the tags, which are the copying user's then."""
    known = (meta or {}).get("tags")
    if not isinstance(known, list):
        return {}
    tags = [one for one in known if isinstance(one, str)]
    Tag.ensure(user.id, tags)
    return {"tags": tags}


def _stored(document: Any, origin: str, name: str, user: Any, title: str | None, **columns: Any) -> Chat:
    document = document if isinstance(document, dict) else {}
    history = document.get("history")
    document["originalChatId"] = origin
    document["branchPointMessageId"] = history.get("currentId") if isinstance(history, dict) else None
    document["title"] = title or f"Clone of {name}"
    return store.create(user.id, merge.own(document, user), **columns)


def fork(row: dict[str, Any], user: Any, message_id: str | None) -> Chat | None:
    """A chat of `user` with the branch up to `message_id` (the current message by default); None when there
    is no such message, or one before it is missing. Raises 400 for a chat without messages and for a branch
    that runs in a ring."""
    document = _taken(row, "chat")
    document = document if isinstance(document, dict) else {}
    store.fill_missing_rows(row["id"], row["user_id"], document)
    messages = _from_rows(row["id"])
    if not messages:
        raise bad_request("There is nothing in this chat that could be continued elsewhere.")
    end = message_id or row["current_message_id"]
    if end is None:
        merge.shown(document)
        end = store.current_message_id(document)
    if end is None:
        raise bad_request("The messages of this chat have no end.")
    path = merge.branch(messages, end)
    if not path:
        return None
    before = messages[path[0]].get("parentId")
    if before in path:
        raise bad_request("The messages of this chat follow one another in a ring.")
    if before is not None:
        return None
    kept = {one: messages[one] for one in path}
    for place, one in enumerate(path):
        kept[one]["childrenIds"] = path[place + 1 : place + 2]
        kept[one]["parentId"] = path[place - 1] if place else None
        merge.sign(kept[one], user)
    document.pop("share_mode", None)
    document["title"] = f"{row['title']} (fork)"
    document["history"] = {"messages": kept, "currentId": end}
    document["messages"] = list(kept.values())
    document["originalChatId"] = row["id"]
    document["branchPointMessageId"] = end
    own = row["user_id"] == user.id
    if not own:
        reading.without_private(document)
    meta = (json_codec.loads(row["meta"]) or {}) if row["meta"] and own else {}
    return store.create(
        user.id,
        document,
        meta={**_tagged(user, meta), "forked_from": row["id"], "forked_from_message_id": end},
        variables=(json_codec.loads(row["variables"]) if row["variables"] and own else None) or {},
        folder_id=row["folder_id"] if own else None,
        pinned=bool(row["pinned"]) and own,
    )


def _from_rows(chat_id: str) -> merge.Messages:
    """The messages of a chat as its rows have them, by id."""
    rows = ChatMessage.select().where(ChatMessage.chat_id == chat_id).order_by(ChatMessage.created_at, ChatMessage.id)
    messages = {}
    for row in rows.dicts():
        message_id = row["id"].removeprefix(chat_id + "-")
        message = {"id": message_id}
        message |= {key: row[column] for column, key in _LABEL.items() if row[column] is not None}
        if message.get("usage"):
            message["info"] = {"usage": message["usage"]}
        messages[message_id] = message
    merge.link(messages)
    return messages
