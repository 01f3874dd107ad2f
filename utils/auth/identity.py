"""Who is asking: the account behind a session token or API key (http.md section 6).

Carriers in order: bearer, cookie, any other Authorization scheme, the API-key header; the first that
is present counts, and a bad one is not followed by the next.
"""

import time
from dataclasses import dataclass
from typing import Any

from flask import g, request

from models.users import User
from utils.auth import mfa, revocations, tokens
from utils.settings import environment

KEY_PREFIX = "sk-"


@dataclass(slots=True)
class Account:
    """The caller. `kind` is "jwt" or "api_key"; `claims` are those of a token, else empty."""

    id: str
    name: str
    email: str
    role: str
    last_active_at: int
    kind: str
    token: str
    claims: dict[str, Any]

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def identify() -> None:
    """The `before_request` hook: puts the caller into `g.user`, or None."""
    g.user = None
    policy = getattr(g.view, "policy", None)
    if policy is None or not policy.identifies:
        return
    token = carried()
    if token is None:
        return
    g.user = account_of(token)
    if g.user is not None and g.user.kind == "jwt" and _proxy_names_another(g.user.email):
        g.user = None
    if g.user is not None:
        _stamp_activity(g.user)


def _proxy_names_another(email: str) -> bool:
    """Whether the header of a trusted proxy says that somebody else is asking."""
    name = environment.current().trusted_email_header
    given = request.headers.get(name, "").strip().lower() if name else ""
    return bool(given) and given != email.lower()


def carried() -> str | None:
    """The credential that the request carries."""
    scheme, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    value = value.strip()
    if value and scheme.lower() == "bearer":
        return value
    if cookie := request.cookies.get("token"):
        return cookie
    if value:
        return value
    return request.headers.get(environment.current().api_key_header) or None


def account_of(token: str) -> Account | None:
    """The account of a session token or API key, or None for a bad one. Whether a key may be used
    at an address is `utils.access.api_keys`' to say."""
    return _by_key(token) if token.startswith(KEY_PREFIX) else by_session(token)


def by_session(token: str) -> Account | None:
    """The account of a session token that is genuine, unexpired, not revoked and of this session."""
    claims = tokens.claims_of(token)
    if claims is None or revocations.revoked(claims):
        return None
    row = User.for_session(claims["id"])
    if row is None or row["session_stamp"] != claims.get("session_stamp"):
        return None
    # where second factors are asked for, a session without one is none (data.md, auth)
    proven = claims.get("mfa_verified") or not mfa.required(row["second_factor"])
    if not proven and not mfa.bypassed(claims.get("auth_method")):
        return None
    return _account(row, "jwt", token, claims)


def _by_key(key: str) -> Account | None:
    row = User.for_api_key(key)
    return None if row is None else _account(row, "api_key", key, {})


def of_user(user_id: str) -> Account | None:
    """The account of a user for whom something is done without a request; it carries no credential."""
    row = User.for_session(user_id)
    return None if row is None else _account(row, "jwt", "", {})


def _account(row: dict[str, Any], kind: str, token: str, claims: dict[str, Any]) -> Account:
    return Account(row["id"], row["name"], row["email"], row["role"], row["last_active_at"] or 0, kind, token, claims)


_stamped: dict[str, float] = {}


def _stamp_activity(account: Account) -> None:
    """Writes `last_active_at`, at most once a minute and process (data.md, user)."""
    # a clock that was set back must not keep the account's last activity in the future
    moment, since = time.time(), time.monotonic()
    interval = environment.current().active_status_interval
    if since - _stamped.get(account.id, -interval) < interval:
        return
    if len(_stamped) > 10000:
        _stamped.clear()
    _stamped[account.id] = since
    if not 0 <= moment - account.last_active_at < interval:
        User.update(last_active_at=int(moment)).where(User.id == account.id).execute()
