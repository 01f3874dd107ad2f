"""The rule for rows that an owner shares through grants, said once in two forms: SQL for lists, Python
for a row in hand (data.md section 4). What differs by area is a field of the declaration.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g

from models import access_grants
from models.base import Table
from utils.access.permissions import Someone, group_ids
from utils.http.errors import ApiError
from utils.settings import environment

BOTH = frozenset({"read", "write"})


@dataclass(frozen=True)
class Resource:
    """Rows of `table` that belong to `user_id` and are shared through grants of type `kind`.

    `admin_sees_all`: administrators pass, unless BYPASS_ADMIN_ACCESS_CONTROL is off. `denied` and
    `absent` are the codes of the area for a row of somebody else and for none.
    """

    table: type[Table]
    kind: str
    admin_sees_all: bool = True
    denied: int = 403
    absent: int = 404

    def bypassed(self, user: Someone) -> bool:
        """Whether `user` passes without being owner or holding a grant."""
        return self.admin_sees_all and user.role == "admin" and environment.current().admin_sees_all

    def visible(self, user: Someone, permission: str = "read", *, public: bool = True) -> Any:
        """The condition "user may", for a query over `table`; None when all rows pass. Without `public`
        what is open to everybody does not count."""
        if self.bypassed(user):
            return None
        shared = access_grants.granted(self.kind, self.table.id, user.id, group_ids(user.id), permission, public=public)
        return (self.table.user_id == user.id) | shared

    def select(self, user: Someone, permission: str, *columns: Any, public: bool = True) -> Any:
        """The rows on which `user` has `permission`."""
        rows = self.table.select(*columns)
        condition = self.visible(user, permission, public=public)
        return rows if condition is None else rows.where(condition)

    def permissions(self, row: Any, user: Someone) -> frozenset[str] | set[str]:
        """Which of read and write `user` has on a row in hand."""
        if row.user_id == user.id or self.bypassed(user):
            return BOTH
        return access_grants.permissions_of(self.kind, row.id, user.id, group_ids(user.id))

    def get(self, row_id: str, user: Someone, permission: str) -> Any:
        """The row. Raises `absent` or `denied`."""
        row = self.table.get_or_none(self.table.id == row_id)
        if row is None:
            raise ApiError(self.absent, "There is no such item.")
        if permission not in self.permissions(row, user):
            raise ApiError(self.denied, "You do not have access to this item.")
        return row

    def guard(self, permission: str, name: str, parameter: str = "id") -> Callable[[Callable], Callable]:
        """Gives the view the row of path part `parameter` as keyword `name`, if the caller may."""

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                kwargs[name] = self.get(kwargs.pop(parameter), g.user, permission)
                return view(*args, **kwargs)

            return guarded

        return decorate
