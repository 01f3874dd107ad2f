"""Accounts as a whole: opening one, the first of which becomes administrator without a race."""

import re
from typing import Any

from peewee import IntegrityError

from models.base import database, new_id, now
from models.database import is_sqlite, write
from models.users import Auth, User
from utils.auth import passwords
from utils.http.errors import bad_request
from utils.settings import keys

DEFAULT_IMAGE = "/user.png"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FIRST_ACCOUNT_LOCK = 731947207


def checked_email(email: str) -> str:
    """The address as it is stored, lower-case. Raises 400 for one that cannot be meant."""
    lowered = email.strip().lower()
    if len(lowered) > 320 or not _EMAIL.fullmatch(lowered):
        raise bad_request("This is not an e-mail address.")
    return lowered


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
    except IntegrityError as error:
        raise bad_request("An account with this e-mail address exists already.") from error
    return user


def _is_first() -> bool:
    """Asked inside the transaction that creates the account; on PostgreSQL under a lock, since two
    first sign-ups do not see each other's row."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_FIRST_ACCOUNT_LOCK,))
    return not User.exists_any()
