"""Channels, their members, messages and webhooks. Columns and units: data.md section 2."""

from typing import Any

from peewee import JOIN, BigIntegerField, BooleanField, Case, Query, TextField, fn

from models.access_grants import granted
from models.base import CleanText, JSONText, Table, new_id, now, now_ns
from models.users import User


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

    @classmethod
    def of_user(cls, user_id: str, group_ids: list[str]) -> list[dict[str, Any]]:
        """The channels of which the user is a member, then the standard ones that he may read, each with
        `is_channel_muted`, `last_message_at` (ns) and `unread_count`; the oldest first."""
        mine = (
            (ChannelMember.channel_id == cls.id)
            & (ChannelMember.user_id == user_id)
            & (ChannelMember.is_active == True)  # noqa: E712
        )
        of_members = cls.type.in_(("group", "dm"))
        standard = cls.type.is_null() | ~of_members
        readable = (cls.user_id == user_id) | granted("channel", cls.id, user_id, group_ids, "read")
        rows = (
            cls.select(
                cls,
                ChannelMember.is_channel_muted,
                _last_message(cls.id).alias("last_message_at"),
                _unread(cls.id, user_id, ChannelMember.last_read_at).alias("unread_count"),
            )
            .join(ChannelMember, JOIN.LEFT_OUTER, on=mine)
            .where(cls.archived_at.is_null() & cls.deleted_at.is_null())
            .where((of_members & ChannelMember.id.is_null(False)) | (standard & readable))
        )
        return list(rows.order_by(Case(None, [(of_members, 0)], 1), cls.created_at, cls.id).dicts())


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

    @classmethod
    def people_of(cls, channel_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        """The members of channels by channel: `{id, name, status_…, is_active}`, in order of joining."""
        if not channel_ids:
            return {}
        columns = (User.status_emoji, User.status_message, User.status_expires_at, User.id, User.name)
        rows = (
            cls.select(cls.channel_id, cls.is_active, *columns)
            .join(User, on=(User.id == cls.user_id))
            .where(cls.channel_id.in_(channel_ids))
            .order_by(cls.joined_at, cls.id)
        )
        found: dict[str, list[dict[str, Any]]] = {channel_id: [] for channel_id in channel_ids}
        for row in rows.dicts():
            found[row.pop("channel_id")].append({**row, "is_active": bool(row["is_active"])})
        return found


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


def _last_message(channel_id: Any) -> Query:
    return Message.select(fn.MAX(Message.created_at)).where(Message.channel_id == channel_id)


def _unread(channel_id: Any, user_id: str, read_at: Any) -> Query:
    """How many messages of others came since, replies in threads left out; none for who is no member."""
    return Message.select(fn.COUNT(Message.id)).where(
        (Message.channel_id == channel_id)
        & Message.parent_id.is_null()
        & (Message.user_id != user_id)
        & ChannelMember.id.is_null(False)
        & (Message.created_at > fn.COALESCE(read_at, 0))
    )
