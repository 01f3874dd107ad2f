"""What a user may share, and with whom (data.md section 4): creating something keeps the grants that
pass, changing them refuses the request."""

from collections.abc import Iterable
from typing import Any

from models.access_grants import EVERYONE
from utils.access.permissions import Someone, allows
from utils.http.errors import forbidden

Grant = dict[str, Any]


def shareable(user: Someone, kind: str, grants: Iterable[Grant] | None) -> list[Grant]:
    """The grants that `user` may give on a resource of `kind`, as the permission tree names it
    ("models", "notes"); administrators may give all."""
    return [one for one in grants or () if user.role == "admin" or _may_give(user, kind, one)]


def require_shareable(user: Someone, kind: str, grants: Iterable[Grant]) -> list[Grant]:
    """All of `grants`. Raises 403 when one of them may not be given."""
    wanted = list(grants)
    if len(shareable(user, kind, wanted)) != len(wanted):
        raise forbidden("Your account may not share this with everybody you named.")
    return wanted


def _may_give(user: Someone, kind: str, grant: Grant) -> bool:
    principal, who = grant.get("principal_type"), grant.get("principal_id")
    if who == EVERYONE:
        return allows(user, f"sharing.public_{kind}")
    if principal == "group":
        return allows(user, f"sharing.{kind}") and allows(user, "access_grants.allow_groups")
    return allows(user, f"sharing.{kind}") and allows(user, "access_grants.allow_users")
