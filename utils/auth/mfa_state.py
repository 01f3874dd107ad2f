"""The JSON object in `auth.mfa` (data.md section 2, auth): what a fresh one holds, and its revision."""

from typing import Any

from models.base import new_id

State = dict[str, Any]


def fresh() -> State:
    """The object of an account without an authenticator."""
    return {
        "revision": new_id(),
        "secret": None,
        "last_step": -1,
        "recovery_hashes": [],
        "login_challenge": None,
        "manage_challenge": None,
        "reset_required": False,
        "reset_ticket": None,
        "limits": {},
    }


def changed(state: State | None, **values: Any) -> State:
    """`state` with `values` and a new revision, by which the other server notices the change."""
    return {**fresh(), **(state or {}), **values, "revision": new_id()}


def without_challenges(state: State | None) -> State:
    """`state` with every open challenge dropped."""
    return changed(state, login_challenge=None, manage_challenge=None, reset_ticket=None)
