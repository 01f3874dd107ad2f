"""Who may do what with a chat: its owner, people it or its folder was shared with, administrators.

Facts: access.tsv notes, data.md section 4, realtime.md section 4. `continue` is what lets somebody
else who may read it add to a chat.
"""

from dataclasses import dataclass
from typing import Any

from models import access_grants, chat_rows, documents, folder_tree
from models.chats import SharedChat
from utils.access.permissions import Someone, group_ids
from utils.http.errors import not_found
from utils.settings import environment

CONTINUE = "continue"


@dataclass(frozen=True)
class Standing:
    """What somebody may do with one chat. `continues`: add to it."""

    owner: bool = False
    admin: bool = False
    reads: bool = False
    continues: bool = False

    @property
    def share_mode(self) -> str | None:
        """What `chat.share_mode` of an answer says."""
        return CONTINUE if self.continues else None

    @property
    def sees(self) -> bool:
        """Whether `GET /chats/{id}` answers."""
        return self.owner or self.admin or self.reads or self.continues


def is_admin(user: Someone) -> bool:
    """Whether administrators may look into the chats of others, and this is one."""
    return user.role == "admin" and environment.current().admin_chat_access


def standing(user: Someone, row: dict[str, Any]) -> Standing:
    """The standing of `user` towards a chat (`id`, `user_id`, `share_id`, `folder_id`)."""
    if row["user_id"] == user.id:
        return Standing(owner=True, reads=True, continues=True)
    continues = continues_link(user, row["id"], row["share_id"])
    reads = continues
    if not continues and row["folder_id"]:
        found = folder_tree.standing(row["folder_id"], user.id, group_ids(user.id))
        reads = found.reads
        continues = found.reads and found.continues
    return Standing(admin=is_admin(user), reads=reads, continues=continues)


def is_owner(chat_id: str, user_id: str) -> bool:
    """Whether the chat is this user's own."""
    row = chat_rows.head(chat_id)
    return row is not None and row["user_id"] == user_id


def may_see(chat_id: str, user: Someone) -> bool:
    """Whether `user` may look at the chat."""
    row = chat_rows.head(chat_id)
    return row is not None and standing(user, row).sees


def owner_to_continue(chat_id: str, user: Someone) -> str:
    """The id of the chat's owner. Raises 404 unless `user` may add to the chat."""
    row = chat_rows.head(chat_id)
    if row is None or not standing(user, row).continues:
        raise not_found("There is no such chat.")
    return row["user_id"]


def check_folder(folder_id: str, user: Someone) -> None:
    """Raises 404 unless `user` may put chats into the folder."""
    if not folder_tree.standing(folder_id, user.id, group_ids(user.id)).writes:
        raise not_found("There is no such folder.")


def reads_folder(folder_id: str, user: Someone) -> bool:
    """Whether the folder's prompt counts for `user`; an administrator reads every folder."""
    found = folder_tree.standing(folder_id, user.id, group_ids(user.id))
    return found.exists and (found.reads or user.role == "admin")


def continues_link(user: Someone, chat_id: str, share_id: str | None) -> bool:
    """Whether a share link lets `user` add to the chat."""
    if share_id is None or not reads_link(user, chat_id):
        return False
    return share_mode(share_id) == CONTINUE


def reads_link(user: Someone, chat_id: str) -> bool:
    """Whether a grant lets `user` read the chat's share link."""
    return "read" in access_grants.permissions_of("shared_chat", chat_id, user.id, group_ids(user.id))


def is_open(chat_id: str) -> bool:
    """Whether the chat's share link needs no account."""
    grants = access_grants.of_resources("shared_chat", [chat_id])[chat_id]
    return any(one["principal_type"] == "anyone" and one["permission"] == "read" for one in grants)


def share_mode(share_id: str) -> str | None:
    """The mode of a share link: "continue" or None. It is the last key of the snapshot as both servers
    write it, so that a look at the text's end is enough; else it is decoded."""
    text = SharedChat.text_of(share_id)
    if text is None:
        return None
    end = text[-_MODE_ENDS:] if isinstance(text, str) else bytes(text[-_MODE_ENDS:]).decode("utf-8", "replace")
    if end.endswith('"share_mode":"continue"}'):
        return CONTINUE
    if end.endswith('"share_mode":null}'):
        return None
    document = documents.decoded(text)
    return document.get("share_mode") if isinstance(document, dict) else None


_MODE_ENDS = 40
