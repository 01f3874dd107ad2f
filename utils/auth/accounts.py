"""Accounts as a whole: opening one, the first of which becomes administrator without a race."""

import re
from typing import Any

from peewee import IntegrityError

from models import groups
from models.base import database, new_id, now
from models.database import is_sqlite, write
from models.users import Auth, User
from utils.auth import mfa_state, passwords
from utils.http.errors import bad_request
from utils.settings import keys

DEFAULT_IMAGE = "/user.png"
_LONGEST_NAME = 1000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_FIRST_ACCOUNT_LOCK = 731947207


def checked_email(email: str) -> str:
    """The address as it is stored, lower-case. Raises 400 for one that cannot be meant."""
    lowered = email.strip().lower()
    if len(lowered) > 320 or not _EMAIL.fullmatch(lowered):
        raise bad_request("This is not an e-mail address.")
    return lowered


def checked_name(name: str) -> str:
    """The name as it is stored. Raises 400 for one that nobody has."""
    if len(name) > _LONGEST_NAME:
        raise bad_request(f"A name has at most {_LONGEST_NAME} characters.")
    return name


def opened_by_password(given: dict[str, Any], role: str | None = None) -> User:
    """An account as a person asks for it: email, password, name, profile_image_url, each checked.
    Raises 400 for one that will not do; see `open_account` for `role`."""
    email = checked_email(given["email"])
    passwords.check_new(given["password"])
    return open_account(
        email=email,
        password=given["password"],
        name=checked_name(given["name"]),
        role=role,
        profile_image_url=given["profile_image_url"] or DEFAULT_IMAGE,
    )


def open_account(
    *,
    email: str,
    password: str,
    name: str,
    role: str | None = None,
    profile_image_url: str = DEFAULT_IMAGE,
    oauth: dict[str, Any] | None = None,
) -> User:
    """Creates an account. Without a `role` it is the first one and becomes administrator (and sign-up
    is switched off), or gets the configured role. Raises 400 when the address is taken.
    """
    digest = passwords.hashed(password)
    moment = now()
    try:
        with write():
            first = _is_first()
            user = User.create(
                id=new_id(),
                name=name,
                email=email,
                role=role or ("admin" if first else keys.DEFAULT_USER_ROLE.get()),
                profile_image_url=profile_image_url,
                last_active_at=moment,
                updated_at=moment,
                created_at=moment,
                oauth=oauth,
            )
            Auth.create(id=user.id, email=email, password=digest, active=True, session_stamp=new_id())
            if first:
                keys.ENABLE_SIGNUP.set(False)
            if group_id := keys.DEFAULT_GROUP_ID.get():
                _join(group_id, user.id)
    except IntegrityError as error:
        raise bad_request("An account with this e-mail address exists already.") from error
    return user


def _join(group_id: str, user_id: str) -> None:
    """Makes a new account a member of the configured group, if that is still there."""
    if groups.one(group_id) is not None:
        groups.add_members(group_id, [user_id])


def _is_first() -> bool:
    """Asked inside the transaction that creates the account; on PostgreSQL under a lock, since two
    first sign-ups do not see each other's row."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_FIRST_ACCOUNT_LOCK,))
    return not User.exists_any()


def change(user_id: str, values: dict[str, Any], password: str = "") -> None:
    """Changes columns of an account, the address in both places, and its `password` unless empty
    (all sessions end with it). Raises 400 when the address is taken."""
    digest = passwords.hashed(password) if password else None
    try:
        with write():
            User.change(user_id, values)
            if "email" in values:
                Auth.change(user_id, {"email": values["email"]})
            if digest:
                _renew(user_id, {"password": digest})
    except IntegrityError as error:
        raise bad_request("An account with this e-mail address exists already.") from error


def change_password(user_id: str, password: str) -> None:
    """A new password; all sessions of the account end."""
    digest = passwords.hashed(password)
    with write():
        _renew(user_id, {"password": digest})


def end_sessions(user_id: str) -> bool:
    """Ends every session of the account; its API key stays. False where there is no account."""
    with write():
        return _renew(user_id, {})


def end_all_sessions() -> list[str]:
    """Ends every session of every account, after a change of what a session must have proved; returns
    the accounts' ids."""
    with write():
        ids = [user_id for (user_id,) in Auth.select(Auth.id).tuples()]
        for user_id in ids:
            _renew(user_id, {})
    return ids


def _renew(user_id: str, values: dict[str, Any]) -> bool:
    """Writes credentials with a new stamp, which no issued token carries, and drops open challenges."""
    auth = Auth.locked(user_id)
    if auth is None:
        return False
    state = mfa_state.without_challenges(auth.mfa)
    Auth.change(user_id, {**values, "session_stamp": new_id(), "mfa": state})
    return True
