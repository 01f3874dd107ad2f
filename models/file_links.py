"""Through what else than owning it a file reaches people: knowledge bases, channels, chats, notes, models.

The rules are those of `utils/access/files.py`; these are its queries. An EXISTS each, by the file's id.
"""

import re
from typing import Any

from peewee import SQL

from models import chat_rows
from models.access_grants import granted
from models.channels import Channel, ChannelFile, ChannelMember
from models.chats import ChatFile
from models.knowledge import Knowledge, KnowledgeFile
from models.notes import Note
from models.workspace_models import WorkspaceModel

_CONTENT = re.compile(r"/api/v1/files/([^/]+)/content")


def in_knowledge(
    file_id: str, user_id: str, group_ids: list[str], permission: str, *, owner_id: str | None = None
) -> bool:
    """Whether a knowledge base with the file is the user's or gives him `permission`; with `owner_id` only
    bases of that owner count."""
    rows = (
        Knowledge.select(SQL("1"))
        .join(KnowledgeFile, on=(KnowledgeFile.knowledge_id == Knowledge.id))
        .where(KnowledgeFile.file_id == file_id)
        .where((Knowledge.user_id == user_id) | granted("knowledge", Knowledge.id, user_id, group_ids, permission))
    )
    return (rows if owner_id is None else rows.where(Knowledge.user_id == owner_id)).exists()


def in_channel(file_id: str, user_id: str, group_ids: list[str]) -> bool:
    """Whether the user reads a channel in which the file was posted."""
    closed = Channel.type.in_(("group", "dm"))
    mine = ChannelMember.select(ChannelMember.channel_id).where(
        (ChannelMember.user_id == user_id) & (ChannelMember.is_active == True)  # noqa: E712
    )
    readable = (Channel.user_id == user_id) | granted("channel", Channel.id, user_id, group_ids, "read")
    rows = (
        Channel.select(SQL("1"))
        .join(ChannelFile, on=(ChannelFile.channel_id == Channel.id))
        .where(ChannelFile.file_id == file_id)
        .where(Channel.archived_at.is_null() & Channel.deleted_at.is_null())
        .where((closed & Channel.id.in_(mine)) | ((Channel.type.is_null() | ~closed) & readable))
    )
    return rows.exists()


def shared_chats(file_id: str) -> list[dict[str, Any]]:
    """The chats with the file that have a share link or lie in a folder: `id`, `user_id`, `folder_id`."""
    chat_ids = [one for (one,) in ChatFile.select(ChatFile.chat_id).where(ChatFile.file_id == file_id).tuples()]
    rows = chat_rows.small_of(list(dict.fromkeys(chat_ids)), "id, user_id, folder_id, share_id")
    return [row for row in rows if row["share_id"] is not None or row["folder_id"] is not None]


def in_note(file_id: str, owner_id: str | None, user_id: str, group_ids: list[str]) -> bool:
    """Whether a note of the file's owner that carries it gives the user to read."""
    rows = Note.select(Note.data).where((Note.user_id == owner_id) & Note.data.cast("text").contains(file_id))
    shared = rows.where(granted("note", Note.id, user_id, group_ids, "read"))
    return any(file_id in of_entries((data or {}).get("files")) for (data,) in shared.tuples())


def in_model(file_id: str, user_id: str, group_ids: list[str], permission: str, *, owner_id: str | None = None) -> bool:
    """Whether a workspace model that carries the file is the user's or gives him `permission`; with `owner_id`
    only models of that owner count. Backgrounds and avatars count for reading."""
    rows = (
        WorkspaceModel.select(WorkspaceModel.base_model_id, WorkspaceModel.meta)
        .where(WorkspaceModel.meta.cast("text").contains(file_id))
        .where(
            (WorkspaceModel.user_id == user_id) | granted("model", WorkspaceModel.id, user_id, group_ids, permission)
        )
    )
    if owner_id is not None:
        rows = rows.where(WorkspaceModel.user_id == owner_id)
    for base, meta in rows.tuples():
        if file_id in (of_model(meta) if permission == "read" else _named(meta) if base is not None else ()):
            return True
    return False


def of_model(meta: Any) -> set[str]:
    """The files that a model's meta names: knowledge, background, parts of its avatar."""
    meta = meta if isinstance(meta, dict) else {}
    background = _CONTENT.fullmatch(str(meta.get("background_image_url") or ""))
    avatar = meta.get("voice_avatar")
    parts: list[Any] = []
    if isinstance(avatar, dict):
        states, gestures = avatar.get("states"), avatar.get("gestures")
        parts = [avatar, *(states.values() if isinstance(states, dict) else ())]
        parts += gestures if isinstance(gestures, list) else []
    shown = {one.get("file_id") for one in parts if isinstance(one, dict)}
    return _named(meta) | {one for one in shown if isinstance(one, str)} | ({background[1]} if background else set())


def _named(meta: Any) -> set[str]:
    return of_entries((meta if isinstance(meta, dict) else {}).get("knowledge"))


def of_entries(entries: Any) -> set[str]:
    """The files among the entries `{type, id}` of a note, a folder or a model."""
    return {
        one["id"]
        for one in (entries if isinstance(entries, list) else ())
        if isinstance(one, dict) and one.get("type") == "file" and isinstance(one.get("id"), str)
    }
