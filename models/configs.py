"""Persistent configuration, one row a key (data.md section 5)."""

from collections.abc import Callable, Mapping
from typing import Any

from peewee import BigIntegerField, DateTimeField, IntegerField, TextField

from models.base import JSONText, Prepared, RawJSON, Table, now
from models.database import write


class Config(Table):
    key = TextField(primary_key=True)
    value = JSONText()
    updated_at = BigIntegerField(null=True, default=now)

    class Meta:
        table_name = "config"

    @classmethod
    def values_of(cls, keys: tuple[str, ...]) -> dict[str, Any]:
        """The stored values of `keys`; a key without a row is absent."""
        if not keys:
            return {}
        if keys not in _reads:
            _reads[keys] = Prepared(lambda: cls.select(cls.key, cls.value).where(cls.key.in_(keys)))
        return _reads[keys].pairs()

    @classmethod
    def everything(cls) -> dict[str, Any]:
        """All stored values by key."""
        return dict(cls.select(cls.key, cls.value).tuples())

    @classmethod
    def store(cls, values: Mapping[str, Any]) -> None:
        """Writes all of `values`, or none."""
        with write():
            for key, value in values.items():
                cls.insert(key=key, value=_written(value), updated_at=now()).on_conflict(
                    conflict_target=[cls.key], preserve=[cls.value, cls.updated_at]
                ).execute()

    @classmethod
    def store_missing(cls, initial: Mapping[str, Callable[[], Any]]) -> None:
        """Inserts the keys that have no row, with what their function returns."""
        present = {key for (key,) in cls.select(cls.key).tuples()}
        rows = [
            {"key": key, "value": _written(make()), "updated_at": now()}
            for key, make in initial.items()
            if key not in present
        ]
        if rows:
            with write():
                cls.insert_many(rows).on_conflict_ignore().execute()


_reads: dict[tuple[str, ...], Prepared] = {}


def _written(value: Any) -> Any:
    # the column is not null, so JSON's own null stands for none
    return RawJSON("null") if value is None else value


class ConfigOld(Table):
    id = IntegerField(primary_key=True)
    data = JSONText()
    version = IntegerField()
    created_at = DateTimeField()
    updated_at = DateTimeField(null=True)

    class Meta:
        table_name = "config_old"
