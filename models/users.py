"""Accounts, credentials, API keys and provider sessions. Columns and units: data.md section 2."""

from collections.abc import Iterable
from typing import Any

from peewee import JOIN, SQL, BigIntegerField, BooleanField, DateField, TextField, fn
from peewee import Table as PlainTable

from models.base import CleanText, JSONText, Prepared, Table, new_id, now
from models.configs import Config
from models.database import is_postgres, locked_rows, write
from models.search import containing

ACTIVE_FOR = 180
"""Seconds after its last request during which an account counts as active."""


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
        """What identifies an account on every request, with its `session_stamp`, and `second_factor`:
        the stored switch that asks for one, as JSON text."""
        return _FOR_SESSION.one(user_id)

    @classmethod
    def profile(cls, user_id: str) -> dict[str, Any]:
        """What the session check tells a user of himself; the account exists."""
        return _PROFILE.one(user_id) or {}

    @classmethod
    def for_api_key(cls, key: str) -> dict[str, Any] | None:
        """The same for the account that holds an API key."""
        return _FOR_API_KEY.one(key)

    @classmethod
    def names_of(cls, ids: Iterable[str]) -> dict[str, str]:
        """The names of these accounts, by id."""
        return dict(cls.select(cls.id, cls.name).where(cls.id.in_(list(ids) or [""])).tuples())

    @classmethod
    def count_active(cls) -> int:
        """How many accounts were active within `ACTIVE_FOR`."""
        return cls.select(cls.id).where(cls.last_active_at >= now() - ACTIVE_FOR).count()

    @classmethod
    def exists_any(cls) -> bool:
        """Whether there is an account at all."""
        return _ANY.one() is not None

    @classmethod
    def by_email(cls, email: str) -> "User | None":
        """The account with this address, whatever its case."""
        return cls.get_or_none(fn.lower(cls.email) == email.lower())

    @classmethod
    def first(cls) -> "User | None":
        """The oldest account, the one that nobody may demote or delete."""
        return cls.select().order_by(cls.created_at).limit(1).get_or_none()

    @classmethod
    def first_id(cls) -> str | None:
        """The id of the oldest account."""
        row = _FIRST.one()
        return row["id"] if row else None

    @classmethod
    def change(cls, user_id: str, values: dict[str, Any]) -> None:
        """Writes these columns only."""
        if values:
            cls.update(**values).where(cls.id == user_id).execute()

    @classmethod
    def merge(cls, user_id: str, column: str, merged: Any) -> Any:
        """Replaces a JSON column by what `merged` makes of its value, in one transaction; returns that."""
        with write():
            field = getattr(cls, column)
            row = locked_rows(cls.select(field).where(cls.id == user_id)).get_or_none()
            value = merged(getattr(row, column) if row else None)
            cls.update({field: value}).where(cls.id == user_id).execute()
        return value

    @classmethod
    def matching(
        cls, columns: Iterable[Any], text: str | None, order_by: str | None, direction: str | None
    ) -> tuple[Any, int]:
        """The accounts whose name or address contains `text`, and how many they are.

        `order_by`: name, email, role, created_at, last_active_at, updated_at, or `group_id:<id>`
        (members first); `direction` "asc", anything else is descending. Otherwise the newest first,
        or with a `text` the oldest.
        """
        found = cls.select(*columns)
        if text:
            found = found.where(containing(cls.name, text) | containing(cls.email, text))
        return found.order_by(*cls._order(bool(text), order_by, direction)), found.count()

    @classmethod
    def _order(cls, searched: bool, order_by: str | None, direction: str | None) -> list[Any]:
        rising = direction == "asc"
        # rows of one second in the order in which they came, where the database knows it
        came: Any = cls.id if is_postgres() else SQL("rowid")
        if order_by and order_by.startswith("group_id:"):
            member = fn.EXISTS(
                _MEMBER.select(SQL("1")).where(
                    (_MEMBER.user_id == cls.id) & (_MEMBER.group_id == order_by.removeprefix("group_id:"))
                )
            )
            return [member.asc() if rising else member.desc(), cls.name, came]
        if order_by in _SORTABLE:
            field = getattr(cls, order_by)
            return [field.asc() if rising else field.desc(), came]
        return [cls.created_at.asc(), came] if searched else [cls.created_at.desc(), came.desc()]

    @classmethod
    def existing(cls, ids: Iterable[str]) -> set[str]:
        """Those of `ids` that are accounts."""
        return {user_id for (user_id,) in cls.select(cls.id).where(cls.id.in_(list(ids) or [""])).tuples()}


class Auth(Table):
    id = TextField(primary_key=True)
    email = CleanText(null=True)
    password = CleanText(null=True)
    active = BooleanField(null=True)
    mfa = JSONText(null=True)
    session_stamp = CleanText(null=True)

    class Meta:
        table_name = "auth"

    @classmethod
    def locked(cls, user_id: str) -> "Auth | None":
        """The credentials, for a change within `write()`: nobody else changes them before its commit."""
        return locked_rows(cls.select().where(cls.id == user_id)).get_or_none()

    @classmethod
    def change(cls, user_id: str, values: dict[str, Any]) -> None:
        """Writes these columns only."""
        if values:
            cls.update(**values).where(cls.id == user_id).execute()


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

    @classmethod
    def of_user(cls, user_id: str) -> str | None:
        """The account's key, or None."""
        return cls.select(cls.key).where(cls.user_id == user_id).scalar()

    @classmethod
    def give(cls, user_id: str, key: str) -> None:
        """Makes `key` the account's only one."""
        with write():
            cls.take(user_id)
            cls.create(id=f"key_{user_id}", user_id=user_id, key=key)

    @classmethod
    def take(cls, user_id: str) -> None:
        """Deletes the account's key."""
        cls.delete().where(cls.user_id == user_id).execute()


PUBLIC = (
    User.status_emoji,
    User.status_message,
    User.status_expires_at,
    User.id,
    User.name,
    User.email,
    User.role,
    User.bio,
    User.last_active_at,
    User.timezone,
)
"""The columns of an account that every user may see."""


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

    @classmethod
    def of_user(cls, user_id: str) -> list[dict[str, Any]]:
        """The account's sessions with providers, without their tokens."""
        columns = (cls.id, cls.user_id, cls.provider, cls.expires_at, cls.created_at, cls.updated_at)
        return list(cls.select(*columns).where(cls.user_id == user_id).dicts())


def _identified(query: Any) -> Any:
    # read along, so that every request does not ask for it: the stored JSON text, or none
    factor = Config.select(Config.value).where(Config.key == "auth.mfa.enable").alias("second_factor")
    columns = (User.id, User.name, User.email, User.role, User.last_active_at, Auth.session_stamp, factor)
    return query.select(*columns).join(Auth, JOIN.LEFT_OUTER, on=(Auth.id == User.id))


_FOR_SESSION = Prepared(lambda user_id: _identified(User).where(User.id == user_id))
_FOR_API_KEY = Prepared(
    lambda key: _identified(User).switch(User).join(ApiKey, on=(ApiKey.user_id == User.id)).where(ApiKey.key == key)
)
_PROFILE = Prepared(
    lambda user_id: User.select(
        User.status_emoji,
        User.status_message,
        User.status_expires_at,
        User.id,
        User.name,
        User.role,
        User.email,
        User.profile_image_url,
        User.bio,
        User.gender,
        User.date_of_birth,
    ).where(User.id == user_id)
)
_ANY = Prepared(lambda: User.select(User.id).limit(1))
_FIRST = Prepared(lambda: User.select(User.id).order_by(User.created_at).limit(1))
_SORTABLE = ("name", "email", "role", "created_at", "last_active_at", "updated_at")
_MEMBER = PlainTable("group_member", ("id", "group_id", "user_id"))
