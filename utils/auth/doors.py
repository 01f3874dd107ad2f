"""Ways in that need no password: a proxy that vouches for somebody by a header, the single user of a
server without accounts, and the administrator that the environment names.
"""

import secrets
from urllib.parse import unquote

from flask import request

from models import groups
from models.users import User
from utils.auth import accounts
from utils.http.errors import ApiError, bad_request
from utils.settings import environment

SINGLE_USER = "admin@localhost"
_ROLES = ("pending", "user", "admin")


def through_proxy() -> User:
    """The account that the trusted header names, opened if it is new; its role and groups follow their
    headers. Raises 400 without the header."""
    settings = environment.current()
    given = request.headers.get(settings.trusted_email_header, "")
    if not given:
        raise bad_request("The proxy in front of this server did not say who you are.")
    email = accounts.checked_email(given)
    name, role = _header(settings.trusted_name_header), _header(settings.trusted_role_header).lower()
    user = User.by_email(email)
    if user is None:
        user = accounts.open_account(email=email, password=_nobody_knows(), name=unquote(name) or email)
    if role in _ROLES and role != user.role:
        User.change(user.id, {"role": role})
        user.role = role  # type: ignore[assignment]
    if wanted := [one.strip() for one in _header(settings.trusted_groups_header).split(",") if one.strip()]:
        groups.set_memberships(user.id, wanted)
    return user


def single_user() -> User:
    """The one account of a server that runs without accounts. Raises 400 where there are others."""
    user = User.by_email(SINGLE_USER)
    if user is None and User.exists_any():
        raise bad_request("There are accounts here already, so WEBUI_AUTH cannot be false.")
    return user or accounts.open_account(email=SINGLE_USER, password=_nobody_knows(), name="User", role="admin")


def open_configured_admin() -> None:
    """At start: the administrator that WEBUI_ADMIN_EMAIL and WEBUI_ADMIN_PASSWORD name, while there is
    no account at all."""
    settings = environment.current()
    if not settings.admin_email or not settings.admin_password or User.exists_any():
        return
    try:
        accounts.open_account(
            email=accounts.checked_email(settings.admin_email),
            password=settings.admin_password,
            name=settings.admin_name,
        )
    except ApiError:
        # another process was first
        if not User.exists_any():
            raise


def _header(name: str) -> str:
    return request.headers.get(name, "") if name else ""


def _nobody_knows() -> str:
    return secrets.token_urlsafe(32)
