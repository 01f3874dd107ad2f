"""Chats, their messages as rows, shared copies, tags. Columns and units: data.md section 2."""

from dataclasses import dataclass

from peewee import BigIntegerField, BooleanField, TextField

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
    def mark_read(cls, chat_id: str, user_id: str) -> "ChatRead | None":
        """Stamps the owner's chat as read now; None where it is not his. Moves nothing else."""
        row = cls.select(cls.updated_at, cls.last_read_at).where((cls.id == chat_id) & (cls.user_id == user_id)).first()
        if row is None:
            return None
        moment = now()
        cls.update(last_read_at=moment).where(cls.id == chat_id).execute()
        return ChatRead(moment, row.last_read_at is None or (row.updated_at or 0) > row.last_read_at)


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
