"""Sharing a chat: the snapshot behind its link, its mode, and who may open it (data.md section 4)."""

from typing import Any

from models import access_grants, chat_rows, documents, json_pieces
from models.base import new_id, now
from models.chats import Chat, SharedChat
from models.database import write
from utils.access.permissions import Someone, allows
from utils.chat import access, viewers
from utils.http.errors import forbidden

_KIND = "shared_chat"
_UNSENT = object()


def share(chat_id: str, share_mode: Any = _UNSENT) -> None:
    """Makes the chat's share link, or takes a new snapshot for the one it has. `share_mode` ("continue" or
    None) stays as it was where none is given."""
    with write():
        row = chat_rows.whole(chat_id)
        if row is None:
            return
        # a link that the chat names but that is gone is made anew
        link_id = row["share_id"] if row["share_id"] and SharedChat.is_there(row["share_id"]) else None
        known = access.share_mode(link_id) if link_id is not None else None
        document = _with_mode(row.pop("chat"), known if share_mode is _UNSENT else share_mode)
        if link_id is not None:
            SharedChat.update(title=row["title"], chat=document, updated_at=now()).where(
                SharedChat.id == link_id
            ).execute()
        else:
            share_id = new_id()
            SharedChat.insert(
                id=share_id, chat_id=chat_id, user_id=row["user_id"], title=row["title"], chat=document
            ).execute()
            Chat.change(chat_id, share_id=share_id)
    viewers.look_again([chat_id])


def _with_mode(text: documents.Text | None, mode: str | None) -> Any:
    """The document with `share_mode` as its last key, as a column is set to it."""
    document = documents.decoded(text) if text else {}
    document = document if isinstance(document, dict) else {}
    document.pop("share_mode", None)
    document["share_mode"] = mode
    return documents.expression(json_pieces.Parts(document)) if json_pieces.is_worth_it(document) else document


def unshare(chat_ids: list[str]) -> None:
    """Deletes the links of these chats and the grants on them."""
    for start in range(0, len(chat_ids), 500):
        batch = chat_ids[start : start + 500]
        with write():
            SharedChat.delete().where(SharedChat.chat_id.in_(batch)).execute()
            access_grants.remove(_KIND, batch)
            Chat.update(share_id=None).where(Chat.id.in_(batch)).execute()
    viewers.look_again(chat_ids)


def check_audience(user: Someone, grants: list[dict[str, Any]]) -> None:
    """Raises 403 where the user may not share with those people: everybody with an account, anyone at
    all, single people, groups (data.md section 4)."""
    needed = {_permission(one) for one in access_grants.sound(_KIND, grants)}
    if any(path is not None and not allows(user, path) for path in needed):
        raise forbidden("Your account may not share with these people.")


def _permission(grant: dict[str, Any]) -> str | None:
    kind, principal = grant.get("principal_type"), grant.get("principal_id")
    if kind == "anyone":
        return "sharing.open_chats"
    if kind == "user":
        return "sharing.public_chats" if principal == access_grants.EVERYONE else "access_grants.allow_users"
    return "access_grants.allow_groups" if kind == "group" else None


def set_access(chat_id: str, grants: list[dict[str, Any]], share_mode: Any = _UNSENT) -> None:
    """Gives the chat's link these grants and no other, and its mode where one is given."""
    with write():
        access_grants.replace(_KIND, chat_id, grants)
        if share_mode is not _UNSENT:
            link_id = SharedChat.id_of(chat_id)
            if link_id is not None:
                document = _with_mode(SharedChat.text_of(link_id), share_mode)
                SharedChat.update(chat=document).where(SharedChat.id == link_id).execute()
    viewers.look_again([chat_id])
