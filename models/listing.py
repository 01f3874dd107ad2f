"""What the lists of shared things have in common: whose, in which order, which page, who owns them."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from peewee import Expression, Function, Query, fn

from models import search
from models.access_grants import EVERYONE
from models.base import Table
from models.database import is_sqlite
from models.users import User

PAGE = 30


def containing(text: str, *fields: Any) -> Expression:
    """The condition "one of the fields contains `text`", whatever the case."""
    return reduce(or_, (search.containing(field, text) for field in fields))


def json_text(column: Any, *path: str) -> Function:
    """A member of a JSON column as text, found by the database."""
    if is_sqlite():
        return fn.json_extract(column, "$." + ".".join(path)).coerce(False)
    return fn.json_extract_path_text(column.cast("json"), *path).coerce(False)


def seen_as(rows: Query, table: type[Table], user_id: str, view: str | None) -> Query:
    """`rows` limited to the user's own ("created") or to those of others ("shared")."""
    if view == "created":
        return rows.where(table.user_id == user_id)
    if view == "shared":
        return rows.where(table.user_id != user_id)
    return rows


def ordered(rows: Query, table: type[Table], fields: dict[str, Any], order_by: str | None, way: str | None) -> Query:
    """`rows` by one of `fields`, downwards unless `way` is "asc"; by last change when it is none of them."""
    field = fields.get(order_by or "", table.updated_at)
    upwards = way == "asc" and order_by in fields
    return rows.order_by(field.asc() if upwards else field.desc(), table.id)


def page(rows: Query, number: int | None, size: int = PAGE) -> tuple[list[dict[str, Any]], int]:
    """The rows of a page, counted from 1, as dicts, and how many there are on all pages."""
    return list(rows.paginate(max(number or 1, 1), size).dicts()), rows.order_by().count()


def owners(user_ids: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    """`{id, name, role, email}` of accounts by id, in one query."""
    wanted = {user_id for user_id in user_ids if user_id}
    if not wanted:
        return {}
    rows = User.select(User.id, User.name, User.role, User.email).where(User.id.in_(wanted))
    return {row["id"]: row for row in rows.dicts()}


def held_by(grants: Iterable[dict[str, Any]], user_id: str, group_ids: Iterable[str]) -> set[str]:
    """Which permissions these grants of one row give to the user."""
    groups = set(group_ids)
    return {
        grant["permission"]
        for grant in grants
        if (grant["principal_type"] == "user" and grant["principal_id"] in (user_id, EVERYONE))
        or (grant["principal_type"] == "group" and grant["principal_id"] in groups)
    }
