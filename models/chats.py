"""Chats, their messages as rows, shared copies, tags. Columns and units: data.md section 2."""

from dataclasses import dataclass
from typing import Any

from peewee import BigIntegerField, BooleanField, TextField, fn

from models import chat_rows, documents
from models.base import CleanText, CompositeKey, JSONText, Table, new_id, now


class Chat(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    title = CleanText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    updated_at = BigIntegerField(null=True, default=now)
    share_id = TextField(null=True)
    archived = BooleanField(null=True)
    chat = JSONText(null=True)
    pinned = BooleanField(null=True)
    meta = JSONText(default=dict)
    folder_id = TextField(null=True)
    tasks = JSONText(null=True)
    summary = CleanText(null=True)
    last_read_at = BigIntegerField(null=True)
    current_message_id = TextField(null=True)
    variables = JSONText(null=True)
    timer_at = BigIntegerField(null=True)

    class Meta:
        table_name = "chat"

    @classmethod
    def locked(cls, chat_id: str) -> "Chat | None":
        """A chat without its document, locked for a change. Inside a transaction."""
        found = chat_rows.small(chat_id, _BUT_DOCUMENT, locked=True)
        if found is None:
            return None
        columns = cls._meta.fields
        return cls(**{name: columns[name].python_value(value) for name, value in found.items()})

    @classmethod
    def change(cls, chat_id: str, **values: Any) -> None:
        """Writes these columns of one chat."""
        cls.update(**values).where(cls.id == chat_id).execute()

    @classmethod
    def archive_all(cls, user_id: str, *, archived: bool) -> None:
        """Archives all of the user's chats, or takes all out of the archive. No other time is touched."""
        values = {"archived": True, "folder_id": None} if archived else {"archived": False}
        cls.update(**values).where((cls.user_id == user_id) & (cls.archived == (not archived))).execute()

    @classmethod
    def tag_ids(cls, chat_id: str) -> list[str]:
        """The ids of the tags that a chat carries; locks the chat inside a transaction."""
        row = chat_rows.small(chat_id, "meta", locked=True)
        tags = (cls.meta.python_value(row["meta"]) or {}).get("tags") if row else None
        return [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []

    @classmethod
    def tags_of(cls, chat_ids: list[str]) -> dict[str, list[str]]:
        """The ids of the tags that these chats carry, by owner."""
        found: dict[str, list[str]] = {}
        for row in chat_rows.small_of(chat_ids, "user_id, meta"):
            tags = (cls.meta.python_value(row["meta"]) or {}).get("tags")
            found.setdefault(row["user_id"], []).extend(tags if isinstance(tags, list) else [])
        return found

    @classmethod
    def set_tag_ids(cls, chat_id: str, tag_ids: list[str]) -> None:
        """Writes the ids of a chat's tags, the rest of its `meta` stays. Inside a transaction."""
        row = chat_rows.small(chat_id, "meta")
        if row is not None:
            cls.change(chat_id, meta={**(cls.meta.python_value(row["meta"]) or {}), "tags": tag_ids})

    @classmethod
    def mark_read(cls, chat_id: str, user_id: str) -> "ChatRead | None":
        """Stamps the owner's chat as read now; None where it is not his. Moves nothing else."""
        row = chat_rows.small(chat_id, "user_id, updated_at, last_read_at")
        if row is None or row["user_id"] != user_id:
            return None
        moment = now()
        cls.update(last_read_at=moment).where(cls.id == chat_id).execute()
        return ChatRead(moment, row["last_read_at"] is None or (row["updated_at"] or 0) > row["last_read_at"])

    @classmethod
    def due_timers(cls, moment_ns: int, most: int) -> list[tuple[str, str, Any]]:
        """Id, user and meta of the timers whose moment has come, the earliest first."""
        rows = cls.select(cls.id, cls.user_id, cls.meta).where(cls.timer_at <= moment_ns)
        return list(rows.order_by(cls.timer_at).limit(most).tuples())

    @classmethod
    def take_timer(cls, timer_id: str, meta: dict[str, Any]) -> bool:
        """Ends a waiting timer and writes what became of it; False where somebody else did. Inside a transaction."""
        waits = (cls.id == timer_id) & cls.timer_at.is_null(False)
        return cls.update(timer_at=None, meta=meta).where(waits).execute() > 0


_BUT_DOCUMENT = ", ".join(name for name in Chat._meta.fields if name != "chat")


@dataclass(frozen=True)
class ChatRead:
    """A chat was read at a moment (s); whether it had been unread until then."""

    at: int
    was_unread: bool


class ChatMessage(Table):
    id = TextField(primary_key=True)
    chat_id = TextField()
    user_id = TextField(null=True)
    role = CleanText()
    parent_id = TextField(null=True)
    content = JSONText(null=True)
    output = JSONText(null=True)
    model_id = TextField(null=True)
    files = JSONText(null=True)
    sources = JSONText(null=True)
    embeds = JSONText(null=True)
    done = BooleanField(null=True)
    status_history = JSONText(null=True)
    error = JSONText(null=True)
    usage = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    updated_at = BigIntegerField(null=True, default=now)
    context_summary = CleanText(null=True)
    meta = JSONText(null=True)

    class Meta:
        table_name = "chat_message"

    @classmethod
    def has_guests(cls, chat_id: str, owner_id: str) -> bool:
        """Whether somebody else than the owner asked in the chat."""
        return cls.select(cls.id).where((cls.chat_id == chat_id) & (cls.user_id != owner_id)).exists()

    @classmethod
    def authors_of(cls, chat_ids: list[str]) -> dict[str, list[str]]:
        """Who wrote in these chats, the first first, by chat."""
        found: dict[str, list[str]] = {}
        rows = (
            cls.select(cls.chat_id, cls.user_id)
            .where(cls.chat_id.in_(chat_ids or [""]) & (cls.role == "user"))
            .group_by(cls.chat_id, cls.user_id)
            .order_by(fn.MIN(cls.created_at))
        )
        for chat_id, user_id in rows.tuples():
            found.setdefault(chat_id, []).append(user_id)
        return found

    @classmethod
    def unfinished(cls, chat_id: str) -> list[str]:
        """The ids (without the chat's) of assistant messages that are not done."""
        rows = cls.select(cls.id).where((cls.chat_id == chat_id) & (cls.role == "assistant") & (cls.done == False))  # noqa: E712
        return [row_id.removeprefix(chat_id + "-") for (row_id,) in rows.tuples()]


class ChatFile(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    chat_id = TextField()
    file_id = TextField()
    message_id = TextField(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "chat_file"

    @classmethod
    def attach(cls, chat_id: str, file_id: str, user_id: str, message_id: str | None) -> None:
        """Notes that a message of the chat carries the file; once a chat and file."""
        cls.insert(
            chat_id=chat_id, file_id=file_id, user_id=user_id, message_id=message_id
        ).on_conflict_ignore().execute()


class SharedChat(Table):
    id = TextField(primary_key=True, default=new_id)
    chat_id = TextField()
    user_id = TextField()
    title = CleanText(null=True)
    chat = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    updated_at = BigIntegerField(null=True, default=now)

    class Meta:
        table_name = "shared_chat"

    @classmethod
    def snapshot(cls, share_id: str) -> "SharedChat | None":
        """A share link with its document as JSON text (`models.documents.text`), in `text`."""
        row = chat_rows.snapshot(share_id, "id, chat_id, user_id, title, created_at, updated_at, ")
        if row is None:
            return None
        made = cls(**{name: value for name, value in row.items() if name != "chat"})
        made.text = row["chat"]
        return made

    @classmethod
    def text_of(cls, share_id: str) -> documents.Text | None:
        """The snapshot's document as JSON text."""
        row = chat_rows.snapshot(share_id, "")
        return row["chat"] if row is not None else None

    @classmethod
    def is_there(cls, share_id: str) -> bool:
        """Whether there is such a share link."""
        return cls.select(cls.id).where(cls.id == share_id).exists()

    @classmethod
    def id_of(cls, chat_id: str) -> str | None:
        """The id of a chat's share link."""
        row = cls.select(cls.id).where(cls.chat_id == chat_id).tuples().first()
        return row[0] if row else None


class Tag(Table):
    id = TextField()
    name = CleanText(null=True)
    user_id = TextField(null=True)
    meta = JSONText(null=True)

    class Meta:
        table_name = "tag"
        primary_key = CompositeKey("id", "user_id")

    @staticmethod
    def id_of(name: str) -> str:
        """The id of a tag of this name: blanks as underscores, lower-case (data.md, identifiers)."""
        return name.replace(" ", "_").lower()

    @classmethod
    def of_user(cls, user_id: str, tag_ids: list[str] | None = None) -> list[dict[str, Any]]:
        """The user's tags (those of these ids, by id), as dicts."""
        rows = cls.select().where(cls.user_id == user_id)
        if tag_ids is not None:
            rows = rows.where(cls.id.in_(tag_ids)).order_by(cls.id)
        return list(rows.dicts())

    @classmethod
    def drop_all(cls, user_id: str) -> None:
        """Deletes all tags of the user, who has no chats any more."""
        cls.delete().where(cls.user_id == user_id).execute()

    @classmethod
    def ensure(cls, user_id: str, names: list[str]) -> list[str]:
        """Makes the tags that the user does not have yet; returns the ids of all, in order."""
        ids = {cls.id_of(name): name for name in names}
        if ids:
            rows = [{"id": tag_id, "name": name, "user_id": user_id} for tag_id, name in ids.items()]
            cls.insert_many(rows).on_conflict_ignore().execute()
        return list(ids)


class ChatIdTag(Table):
    id = TextField(primary_key=True, default=new_id)
    tag_name = CleanText(null=True)
    chat_id = TextField(null=True)
    user_id = TextField(null=True)
    timestamp = BigIntegerField(null=True)

    class Meta:
        table_name = "chatidtag"
