"""Who may call a route, said once on the view (access.tsv, http.md section 8).

A decorator only states the policy; `guard`, a hook, enforces it before path, query and body are
judged. Deny by default: `Area` refuses a view that states none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import g

from utils.access import api_keys
from utils.http.errors import forbidden, unauthorised

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """A level of access.tsv. `identifies`: credentials are looked at; `required`: they must be good;
    `roles`: which roles pass; `session`: an API key does not."""

    level: str
    identifies: bool = True
    required: bool = True
    roles: tuple[str, ...] = ("user", "admin")
    session: bool = False


def _decorator(policy: Policy) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return decorate


_ANY_ROLE = ("pending", "user", "admin")

public = _decorator(Policy("public", identifies=False, required=False))
"""No credentials are looked at."""
optional_user = _decorator(Policy("public:optional-user", required=False))
"""Works without credentials; `g.user` is the caller where they are good."""
account = _decorator(Policy("account", roles=_ANY_ROLE))
"""Any account, pending ones too."""
account_session = _decorator(Policy("account:session", roles=_ANY_ROLE, session=True))
"""Any account, by a session token: an API key is refused with 403."""
verified = _decorator(Policy("verified"))
"""Role user or admin."""
admin = _decorator(Policy("admin", roles=("admin",)))
"""Role admin, judged before anything that was sent."""


def guard() -> None:
    """The hook that enforces the policy of the view. Raises 401, or 403 for keys out of place."""
    policy: Policy | None = getattr(g.view, "policy", None)
    if policy is None or not policy.identifies:
        return
    user = g.user
    if user is not None and user.kind == "api_key":
        api_keys.check_use(user)
        if policy.session:
            raise forbidden("An API key cannot be used here; sign in.")
    if not policy.required:
        return
    if user is None or user.role not in policy.roles:
        raise unauthorised()
