"""Channels, their members, messages and webhooks. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now, now_ns


class Channel(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    name = CleanText(null=True)
    description = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now_ns)
    updated_at = BigIntegerField(null=True, default=now_ns)
    type = CleanText(null=True)
    is_private = BooleanField(null=True)
    archived_at = BigIntegerField(null=True)
    archived_by = CleanText(null=True)
    deleted_at = BigIntegerField(null=True)
    deleted_by = CleanText(null=True)
    updated_by = CleanText(null=True)

    class Meta:
        table_name = "channel"


class ChannelFile(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    channel_id = TextField()
    file_id = TextField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)
    message_id = TextField(null=True)

    class Meta:
        table_name = "channel_file"


class ChannelMember(Table):
    id = TextField(primary_key=True, default=new_id)
    channel_id = TextField()
    user_id = TextField(null=True)
    created_at = BigIntegerField(null=True, default=now_ns)
    status = CleanText(null=True)
    is_active = BooleanField(default=True)
    is_channel_muted = BooleanField(default=False)
    is_channel_pinned = BooleanField(default=False)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    joined_at = BigIntegerField()
    left_at = BigIntegerField(null=True)
    last_read_at = BigIntegerField(null=True)
    updated_at = BigIntegerField(null=True, default=now_ns)
    role = CleanText(null=True)
    invited_by = CleanText(null=True)
    invited_at = BigIntegerField(null=True)
    app_id = TextField(null=True)

    class Meta:
        table_name = "channel_member"


class ChannelWebhook(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    channel_id = TextField()
    name = CleanText()
    profile_image_url = CleanText(null=True)
    token = TextField()
    last_used_at = BigIntegerField(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "channel_webhook"


class Message(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    channel_id = TextField(null=True)
    content = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now_ns)
    updated_at = BigIntegerField(null=True, default=now_ns)
    parent_id = TextField(null=True)
    reply_to_id = TextField(null=True)
    is_pinned = BooleanField(default=False)
    pinned_at = BigIntegerField(null=True)
    pinned_by = CleanText(null=True)
    app_id = TextField(null=True)

    class Meta:
        table_name = "message"


class MessageReaction(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    message_id = TextField()
    name = CleanText()
    created_at = BigIntegerField(null=True, default=now_ns)

    class Meta:
        table_name = "message_reaction"
