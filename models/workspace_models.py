"""Workspace models and override rows of provider models. Columns and units: data.md section 2."""

from collections.abc import Iterable
from typing import Any

from peewee import BigIntegerField, BooleanField, TextField, fn

from models.base import CleanText, JSONText, Prepared, Table, new_id, now
from models.database import is_postgres


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


class WorkspaceModelHistory(Table):
    id = TextField(primary_key=True, default=new_id)
    model_id = TextField()
    parent_id = TextField(null=True)
    snapshot = JSONText()
    user_id = TextField()
    commit_message = CleanText(null=True)
    created_at = BigIntegerField(default=now)

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
