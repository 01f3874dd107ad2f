"""What comes into a chat by itself: results of sub-agents, prompts of timers (chat.md 6.7).

While the chat is busy such a message waits in it, with `meta.status` "pending" as on the other server;
then those of one kind become one question, which is answered like any other.
"""

from typing import Any

from models.base import new_id, now
from utils.auth.identity import Account
from utils.chat import merge, store

_PENDING = "pending"
_IDS = ("delegation_id", "subagent_chat_id", "timer_id")


class Busy(Exception):
    """The chat waits for a person; what came in has to wait too."""


def put(chat: store.ChatEdit, user: Account, text: str, meta: dict[str, Any], model_id: str) -> None:
    """Adds a message to an open chat; nothing where it was added before (`meta` names its origin)."""
    if any(_same(one.get("meta"), meta) for one in chat.messages.values()):
        return
    message_id, current = new_id(), chat.history.get("currentId")
    parent = current if current in chat.messages else None
    waiting = {"internal": True, **meta, "status": _PENDING}
    chat.put(message_id, _question(message_id, parent, user, text, model_id) | {"meta": waiting})
    chat.set_current(message_id)


def _question(message_id: str, parent: str | None, user: Account, text: str, model_id: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "parentId": parent,
        "childrenIds": [],
        "role": "user",
        "content": text,
        "model": model_id,
        "timestamp": now(),
        "user_id": user.id,
        "user": {"id": user.id, "name": user.name},
    }


def _same(known: Any, meta: dict[str, Any]) -> bool:
    key = "timer_id" if "timer_id" in meta else "delegation_id"
    return isinstance(known, dict) and meta[key] in (known.get(key), *(known.get(key + "s") or ()))


def take(chat: store.ChatEdit, user: Account) -> dict[str, Any] | None:
    """Makes one question of the messages that wait, of the first's kind; None where none waits.

    Raises `Busy` where the reply before it still waits for a person.
    """
    waiting = [one for one in chat.messages.values() if _is_pending(one)]
    if not waiting:
        return None
    kind = waiting[0]["meta"].get("type")
    batch = [one for one in waiting if one["meta"].get("type") == kind]
    parent = _place(chat, waiting)
    above = chat.messages.get(parent or "")
    if above is not None and above.get("role") == "assistant" and above.get("done") is False:
        raise Busy(chat.id)
    gone = {one["id"] for one in batch}
    text = "\n\n".join(str(one.get("content") or "") for one in batch)
    question = _question(new_id(), parent, user, text, batch[0].get("model") or "")
    question["meta"] = _meta(kind, [one["meta"] for one in batch])
    merge.forget_children(chat.messages, gone)
    chat.remove(gone)
    chat.put(question["id"], question)
    for one in waiting:
        if one["id"] not in gone:
            chat.put(one["id"], {"parentId": question["id"]})
    chat.set_current(question["id"])
    return question


def _is_pending(message: dict[str, Any]) -> bool:
    meta = message.get("meta")
    return isinstance(meta, dict) and meta.get("internal") is True and meta.get("status") == _PENDING


def _place(chat: store.ChatEdit, waiting: list[dict[str, Any]]) -> str | None:
    """Behind which message the question comes: the end of the branch on screen, what waits left out."""
    ids = {one["id"] for one in waiting}
    at: Any = chat.history.get("currentId")
    seen: set[str] = set()
    while at in ids and at not in seen:
        seen.add(at)
        at = chat.messages[at].get("parentId")
    return at if at in chat.messages else None


def _meta(kind: Any, metas: list[dict[str, Any]]) -> dict[str, Any]:
    """One origin as it is, several as lists."""
    found: dict[str, Any] = {"internal": True, "type": kind}
    for key in _IDS:
        values = [one[key] for one in metas if one.get(key)]
        if len(values) == 1:
            found[key] = values[0]
        elif values:
            found[f"{key}s"] = values
    return found
