"""What goes when an account goes (data.md section 3, deletions): on both databases alike."""

from peewee import ModelSelect

from models.chats import Chat, ChatFile, ChatMessage, SharedChat
from models.groups import GroupMember, changing
from models.users import ApiKey, Auth, OAuthSession, User


def close_account(user_id: str) -> bool:
    """Deletes an account with its credentials, keys, memberships and chats. What it owns or made for
    others (files, notes, models, …) stays. False where there is none."""
    with changing():
        chats: ModelSelect = Chat.select(Chat.id).where(Chat.user_id == user_id)
        for table in (ChatMessage, ChatFile, SharedChat):
            table.delete().where(table.chat_id.in_(chats)).execute()
        Chat.delete().where(Chat.user_id == user_id).execute()
        for table in (GroupMember, ApiKey, OAuthSession):
            table.delete().where(table.user_id == user_id).execute()
        Auth.delete().where(Auth.id == user_id).execute()
        return bool(User.delete().where(User.id == user_id).execute())
