"""Workspace models and override rows of provider models. Columns and units: data.md section 2."""

from collections.abc import Iterable
from typing import Any

from peewee import JOIN, BigIntegerField, BooleanField, TextField, fn

from models import access_grants
from models.base import CleanText, JSONText, Prepared, Table, new_id, now
from models.database import is_postgres, write
from models.history import Version
from models.users import User


class WorkspaceModel(Table):
    id = TextField(primary_key=True)
    user_id = TextField(null=True)
    base_model_id = TextField(null=True)
    name = CleanText(null=True)
    params = JSONText(null=True)
    meta = JSONText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    is_active = BooleanField(default=True)
    version_id = TextField(null=True)

    class Meta:
        table_name = "model"

    @classmethod
    def stamps(cls) -> tuple[tuple[Any, ...], ...]:
        """One tuple a row that changes with the row, its id first, oldest row first; decodes no blob."""
        rows = sorted((_STAMPS_PG if is_postgres() else _STAMPS).rows(), key=lambda row: row["created_at"] or 0)
        return tuple(tuple(row.values()) for row in rows)

    @classmethod
    def by_ids(cls, ids: Iterable[str]) -> dict[str, "WorkspaceModel"]:
        """Whole rows by id."""
        return {row.id: row for row in cls.select().where(cls.id.in_(list(ids)))}


class WorkspaceModelHistory(Version):
    model_id = TextField()

    class Meta:
        table_name = "model_history"


def _stamps(length: Any) -> Any:
    return WorkspaceModel.select(
        WorkspaceModel.id,
        WorkspaceModel.user_id,
        WorkspaceModel.base_model_id,
        WorkspaceModel.name,
        WorkspaceModel.updated_at,
        WorkspaceModel.created_at,
        WorkspaceModel.is_active,
        WorkspaceModel.version_id,
        length(WorkspaceModel.meta).alias("meta_length"),
        length(WorkspaceModel.params).alias("params_length"),
    )


_STAMPS = Prepared(lambda: _stamps(fn.length))
_STAMPS_PG = Prepared(lambda: _stamps(fn.octet_length))


_SNAPSHOT = ("name", "base_model_id", "params", "meta")
HISTORY_PAGE = 20


def add(values: dict[str, Any], user_id: str, commit_message: str | None = None) -> None:
    """A new row with its first version. `values`: id, name, base_model_id, params, meta, is_active.
    Raises `IntegrityError` for an id that is taken."""
    with write():
        version = _version(values["id"], None, {name: values.get(name) for name in _SNAPSHOT}, user_id, commit_message)
        moment = now()
        WorkspaceModel.insert(
            **values, user_id=user_id, version_id=version, created_at=moment, updated_at=moment
        ).execute()


def change(model_id: str, values: dict[str, Any], user_id: str, commit_message: str | None = None) -> None:
    """Writes these columns; a new version where name, base, params or meta became different."""
    with write():
        known = WorkspaceModel.get_by_id(model_id)
        before = {name: getattr(known, name) for name in _SNAPSHOT}
        after = before | {name: values[name] for name in _SNAPSHOT if name in values}
        version = known.version_id
        if before != after:
            version = _version(model_id, version, after, user_id, commit_message)
        WorkspaceModel.update(**values, version_id=version, updated_at=now()).where(
            WorkspaceModel.id == model_id
        ).execute()


def go_back(model_id: str, entry: WorkspaceModelHistory) -> None:
    """Makes an earlier version the current one."""
    kept = {name: value for name, value in entry.snapshot.items() if name in _SNAPSHOT}
    WorkspaceModel.update(**kept, version_id=entry.id, updated_at=now()).where(WorkspaceModel.id == model_id).execute()


def toggle(model_id: str) -> None:
    """Switches a row on or off."""
    WorkspaceModel.update(is_active=~WorkspaceModel.is_active, updated_at=now()).where(
        WorkspaceModel.id == model_id
    ).execute()


def remove(model_ids: list[str] | None) -> None:
    """Deletes rows with their versions and grants; None: all."""
    with write():
        ids = [one for (one,) in WorkspaceModel.select(WorkspaceModel.id).tuples()] if model_ids is None else model_ids
        access_grants.remove("model", ids)
        for table, column in (
            (WorkspaceModelHistory, WorkspaceModelHistory.model_id),
            (WorkspaceModel, WorkspaceModel.id),
        ):
            for start in range(0, len(ids), 500):
                table.delete().where(column.in_(ids[start : start + 500])).execute()


def history(model_id: str, page: int) -> list[dict[str, Any]]:
    """A page of a row's versions, the newest first, without snapshots, with the name of who saved."""
    table = WorkspaceModelHistory
    links = table.select(table.id, table.parent_id, table.created_at).where(table.model_id == model_id).tuples()
    start = (max(page, 1) - 1) * HISTORY_PAGE
    ids = _newest_first(list(links))[start : start + HISTORY_PAGE]
    rows = (
        table.select(
            table.id,
            table.model_id,
            table.parent_id,
            table.user_id,
            table.commit_message,
            table.created_at,
            User.name.alias("user_name"),
        )
        .join(User, JOIN.LEFT_OUTER, on=(User.id == table.user_id))
        .where(table.id.in_(ids))
    )
    found = {row["id"]: row for row in rows.dicts()}
    return [found[one] for one in ids if one in found]


def _newest_first(links: list[tuple[str, str | None, int]]) -> list[str]:
    """Versions by time; of one second, what came from another before it."""
    parents = {version: parent for version, parent, _ in links}
    depth: dict[str, int] = {}
    for version in parents:
        path: list[str] = []
        current: str | None = version
        while current in parents and current not in depth and len(path) < len(links):
            path.append(current)
            current = parents[current]
        level = depth.get(current or "", 0)
        for one in reversed(path):
            level += 1
            depth[one] = level
    links.sort(key=lambda link: (link[2], depth[link[0]]), reverse=True)
    return [version for version, _, _ in links]


def version(model_id: str, history_id: str) -> WorkspaceModelHistory | None:
    """One version of a row."""
    table = WorkspaceModelHistory
    return table.get_or_none((table.id == history_id) & (table.model_id == model_id))


def remove_version(entry: WorkspaceModelHistory) -> None:
    """Deletes a version; what came from it now comes from what it came from."""
    table = WorkspaceModelHistory
    with write():
        table.update(parent_id=entry.parent_id).where(table.parent_id == entry.id).execute()
        entry.delete_instance()


def names(user_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Owners by id, as lists show them."""
    rows = User.select(User.id, User.name, User.role, User.email).where(User.id.in_(set(user_ids)))
    return {row["id"]: row for row in rows.dicts()}


def _version(
    model_id: str, parent_id: str | None, snapshot: dict[str, Any], user_id: str, commit_message: str | None
) -> str:
    made = new_id()
    WorkspaceModelHistory.insert(
        id=made,
        model_id=model_id,
        parent_id=parent_id,
        snapshot=snapshot,
        user_id=user_id,
        commit_message=commit_message,
        created_at=now(),
    ).execute()
    return made
