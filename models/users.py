"""Accounts, credentials, API keys and provider sessions. Columns and units: data.md section 2."""

from typing import Any

from peewee import JOIN, BigIntegerField, BooleanField, DateField, TextField, fn

from models.base import CleanText, JSONText, Prepared, Table, new_id, now


class User(Table):
    id = TextField(primary_key=True, default=new_id)
    name = CleanText(null=True)
    email = CleanText(null=True)
    role = CleanText(null=True)
    profile_image_url = CleanText(null=True)
    last_active_at = BigIntegerField(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    username = CleanText(null=True)
    bio = CleanText(null=True)
    gender = CleanText(null=True)
    date_of_birth = DateField(null=True)
    profile_banner_image_url = CleanText(null=True)
    timezone = CleanText(null=True)
    presence_state = CleanText(null=True)
    status_emoji = CleanText(null=True)
    status_message = CleanText(null=True)
    status_expires_at = BigIntegerField(null=True)
    oauth = JSONText(null=True)
    info = JSONText(null=True)
    settings = JSONText(null=True)
    scim = JSONText(null=True)
    variables = JSONText(null=True)

    class Meta:
        table_name = "user"

    @classmethod
    def for_session(cls, user_id: str) -> dict[str, Any] | None:
        """What identifies an account on every request, with its `session_stamp`."""
        return _FOR_SESSION.one(user_id)

    @classmethod
    def for_api_key(cls, key: str) -> dict[str, Any] | None:
        """The same for the account that holds an API key."""
        return _FOR_API_KEY.one(key)

    @classmethod
    def exists_any(cls) -> bool:
        """Whether there is an account at all."""
        return _ANY.one() is not None

    @classmethod
    def by_email(cls, email: str) -> "User | None":
        """The account with this address, whatever its case."""
        return cls.get_or_none(fn.lower(cls.email) == email.lower())


class Auth(Table):
    id = TextField(primary_key=True)
    email = CleanText(null=True)
    password = CleanText(null=True)
    active = BooleanField(null=True)
    mfa = JSONText(null=True)
    session_stamp = CleanText(null=True)

    class Meta:
        table_name = "auth"


class ApiKey(Table):
    id = TextField(primary_key=True)
    user_id = TextField(null=True)
    key = TextField()
    data = JSONText(null=True)
    expires_at = BigIntegerField(null=True)
    last_used_at = BigIntegerField(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "api_key"


class OAuthSession(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    provider = CleanText()
    token = TextField()
    expires_at = BigIntegerField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "oauth_session"


def _identified(query: Any) -> Any:
    columns = (User.id, User.name, User.email, User.role, User.last_active_at, Auth.session_stamp)
    return query.select(*columns).join(Auth, JOIN.LEFT_OUTER, on=(Auth.id == User.id))


_FOR_SESSION = Prepared(lambda user_id: _identified(User).where(User.id == user_id))
_FOR_API_KEY = Prepared(
    lambda key: _identified(User).switch(User).join(ApiKey, on=(ApiKey.user_id == User.id)).where(ApiKey.key == key)
)
_ANY = Prepared(lambda: User.select(User.id).limit(1))
