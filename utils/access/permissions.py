"""What an account may do: the permission tree of the server with what its groups add (data.md 4, 5)."""

from typing import Any, Protocol

from flask import g, has_request_context

from models import groups
from utils.http.errors import ApiError
from utils.settings import keys
from utils.settings.permission_tree import PERMISSIONS, filled, merged


class Someone(Protocol):
    """An account, as far as rights are concerned."""

    @property
    def id(self) -> str: ...
    @property
    def role(self) -> str: ...


def of(user_id: str) -> dict[str, Any]:
    """The whole tree in force for a user: the server's defaults, each leaf also true where one of his
    groups (or a group around it) has it true."""
    tree = filled(keys.USER_PERMISSIONS.get() or {}, PERMISSIONS)
    for granted in groups.permissions_of_user(user_id):
        tree = merged(tree, granted)
    return tree


def allows(user: Someone, path: str) -> bool:
    """Whether `user` has the leaf `path`, such as "chat.delete"; an administrator has all."""
    return user.role == "admin" or leaf(_remembered(user.id), path)


def leaf(tree: dict[str, Any], path: str) -> bool:
    """The value of a dotted path in a permission tree; False where there is none."""
    value: Any = tree
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return bool(value)


def require(user: Someone, path: str, denied: int = 403) -> None:
    """Raises `denied` unless `user` has the leaf."""
    if not allows(user, path):
        raise ApiError(denied, "Your account does not have the permission for this.")


def group_ids(user_id: str) -> list[str]:
    """The user's groups, outer ones included; asked once a request."""
    if not has_request_context():
        return groups.ids_of_user(user_id)
    known = g.setdefault("group_ids", {})
    if user_id not in known:
        known[user_id] = groups.ids_of_user(user_id)
    return known[user_id]


def _remembered(user_id: str) -> dict[str, Any]:
    if not has_request_context():
        return of(user_id)
    known = g.setdefault("permission_trees", {})
    if user_id not in known:
        known[user_id] = of(user_id)
    return known[user_id]
