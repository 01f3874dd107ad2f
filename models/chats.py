"""Chats, their messages as rows, shared copies, tags. Columns and units: data.md section 2."""

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


class ChatIdTag(Table):
    id = TextField(primary_key=True, default=new_id)
    tag_name = CleanText(null=True)
    chat_id = TextField(null=True)
    user_id = TextField(null=True)
    timestamp = BigIntegerField(null=True)

    class Meta:
        table_name = "chatidtag"
