"""What a user may share, and with whom (data.md section 4): creating something keeps the grants that
pass, changing them refuses the request. Grants that mean nothing are dropped either way.

A grant is `{principal_type, principal_id, permission}`. The leaves of the permission tree that one
kind of resource asks for stand in `RULES`; an administrator has all leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.access_grants import EVERYONE
from utils.access.permissions import Someone, allows
from utils.http.errors import forbidden
from utils.http.fields import Form, String

Grant = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """Which leaves sharing asks for: with anybody, with every user, with visitors too. An empty text
    asks for nothing; None is never allowed, not even to administrators (observed)."""

    anybody: str = ""
    everyone: str | None = None
    visitors: str | None = None


RULES: dict[str, Rule] = {
    **{
        kind: Rule(f"sharing.{kind}", f"sharing.public_{kind}")
        for kind in ("models", "knowledge", "prompts", "tools", "skills", "notes")
    },
    "folders": Rule("sharing.folders"),
    "calendars": Rule("", "sharing.public_calendars"),
    "chats": Rule("", "sharing.public_chats", "sharing.open_chats"),
    "channels": Rule("", ""),
}


class GrantForm(Form):
    """One grant as it comes in."""

    principal_type = String()
    principal_id = String()
    permission = String()


def shareable(user: Someone, kind: str, grants: Iterable[Grant] | None) -> list[Grant]:
    """The grants that `user` may give on a resource of `kind`, as the permission tree names it
    ("models", "notes"): for creating."""
    return [grant for grant in _meant(grants) if _may_give(user, RULES[kind], grant)]


def require_shareable(user: Someone, kind: str, grants: Iterable[Grant] | None) -> list[Grant]:
    """All of `grants` that mean something: for changing. Raises 403 when one of them may not be given."""
    wanted = _meant(grants)
    if not all(_may_give(user, RULES[kind], grant) for grant in wanted):
        raise forbidden("Your account may not share this with everybody you named.")
    return wanted


def _meant(grants: Iterable[Grant] | None) -> list[Grant]:
    return [
        grant
        for grant in grants or ()
        if grant.get("principal_type") in ("user", "group", "anyone")
        and isinstance(grant.get("principal_id"), str)
        and grant["principal_id"]
        and grant.get("permission") in ("read", "write")
    ]


def _may_give(user: Someone, rule: Rule, grant: Grant) -> bool:
    if grant["principal_type"] == "anyone":
        return _has(user, rule.visitors)
    if grant["principal_type"] == "user" and grant["principal_id"] == EVERYONE:
        return _has(user, rule.anybody) and _has(user, rule.everyone)
    leaf = "access_grants.allow_users" if grant["principal_type"] == "user" else "access_grants.allow_groups"
    return _has(user, rule.anybody) and _has(user, leaf)


def _has(user: Someone, leaf: str | None) -> bool:
    return leaf is not None and (not leaf or allows(user, leaf))
