"""Who may add to a chat: its owner, and people it was shared with for continuing (chat.md section 3.2)."""

from models import access_grants
from models.chats import Chat, SharedChat
from models.folders import Folder
from utils.access.permissions import Someone, group_ids
from utils.access.resources import Resource
from utils.http.errors import not_found
from utils.settings import environment

FOLDERS = Resource(Folder, kind="folder")
_CONTINUE = "continue"


def owner_of(chat_id: str, user: Someone) -> str:
    """The id of the chat's owner. Raises 404 unless `user` may add to the chat."""
    row = Chat.select(Chat.user_id, Chat.share_id).where(Chat.id == chat_id).first()
    if row is None or (row.user_id != user.id and not _shared_for_continuation(chat_id, row.share_id, user)):
        raise not_found("There is no such chat.")
    return row.user_id


def _shared_for_continuation(chat_id: str, share_id: str | None, user: Someone) -> bool:
    if share_id is None:
        return False
    shared = SharedChat.select(SharedChat.chat).where(SharedChat.id == share_id).first()
    if shared is None or (shared.chat or {}).get("share_mode") != _CONTINUE:
        return False
    return bool(access_grants.permissions_of("shared_chat", chat_id, user.id, group_ids(user.id)))


def check_folder(folder_id: str, user: Someone) -> None:
    """Raises 404 unless `user` may put chats into the folder."""
    row = Folder.select(Folder.id, Folder.user_id).where(Folder.id == folder_id).first()
    if row is None or "write" not in FOLDERS.permissions(row, user):
        raise not_found("There is no such folder.")


def is_owner(chat_id: str, user_id: str) -> bool:
    """Whether the chat is this user's own."""
    return Chat.select(Chat.id).where((Chat.id == chat_id) & (Chat.user_id == user_id)).exists()


def may_read(chat_id: str, user: Someone) -> bool:
    """Whether `user` may look at the chat: the owner, an administrator unless that is switched off,
    somebody it or its folder was shared with."""
    row = Chat.select(Chat.user_id, Chat.folder_id).where(Chat.id == chat_id).first()
    if row is None:
        return False
    if row.user_id == user.id or (user.role == "admin" and environment.current().admin_chat_access):
        return True
    groups = group_ids(user.id)
    if access_grants.permissions_of("shared_chat", chat_id, user.id, groups):
        return True
    return bool(row.folder_id) and "read" in access_grants.permissions_of("folder", row.folder_id, user.id, groups)
