"""The JSON object in `auth.mfa` (data.md section 2, auth): what a fresh one holds, its revision, the
challenges and limits in it. Times are seconds since the epoch."""

import hashlib
import secrets
from typing import Any

from models.base import new_id, now

State = dict[str, Any]

LOGIN, MANAGE = "login_challenge", "manage_challenge"
LIFE = 300
TRIES_A_CHALLENGE = 5
_TRIES, _WINDOW = 10, 900


def fresh() -> State:
    """The object of an account without an authenticator."""
    return {
        "revision": new_id(),
        "secret": None,
        "last_step": -1,
        "recovery_hashes": [],
        LOGIN: None,
        MANAGE: None,
        "reset_required": False,
        "reset_ticket": None,
        "limits": {},
    }


def changed(state: State | None, **values: Any) -> State:
    """`state` with `values` and a new revision, by which the other server notices the change."""
    return {**fresh(), **(state or {}), **values, "revision": new_id()}


def without_challenges(state: State | None) -> State:
    """`state` with every open challenge dropped."""
    return changed(state, **{LOGIN: None, MANAGE: None, "reset_ticket": None})


def digest(text: str) -> str:
    """What is kept of a token or recovery code."""
    return hashlib.sha256(text.encode()).hexdigest()


def challenge(user_id: str, kind: str, session_stamp: str | None, auth_method: str) -> tuple[str, State]:
    """A new challenge (enroll, verify, replace or recover): its token, and what is stored of it."""
    token = f"{user_id}.{secrets.token_urlsafe(32)}"
    moment = now()
    return token, {
        "token_hash": digest(token),
        "type": kind,
        "expires_at": moment + LIFE,
        "attempts": 0,
        "auth_method": auth_method,
        "auth_time": moment,
        "session_stamp": session_stamp,
        "secret": None,
        "oauth_session_id": None,
        "provider": None,
    }


def open_challenge(state: State | None, token: str, session_stamp: str | None) -> str | None:
    """Under which of the two names the challenge of `token` is open, or None."""
    for name in (LOGIN, MANAGE):
        stored = (state or {}).get(name)
        if (
            stored
            and secrets.compare_digest(stored["token_hash"], digest(token))
            and stored["expires_at"] > now()
            and stored["session_stamp"] == session_stamp
        ):
            return name
    return None


def counted(state: State | None, name: str) -> dict[str, Any] | None:
    """The limits with one more try of `name`; None once ten fell into fifteen minutes."""
    limits = dict((state or {}).get("limits") or {})
    entry = limits.get(name)
    if not entry or entry["expires_at"] <= now():
        entry = {"count": 0, "expires_at": now() + _WINDOW}
    if entry["count"] >= _TRIES:
        return None
    return {**limits, name: {**entry, "count": entry["count"] + 1}}
