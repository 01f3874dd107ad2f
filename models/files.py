"""Uploaded files. Columns and units: data.md section 2."""

from collections.abc import Iterable
from typing import Any

from peewee import SQL, BigIntegerField, Query, TextField, fn

from models.base import CleanText, JSONText, Table, database, new_id, now
from models.database import is_sqlite, locked_rows, write
from models.large import breathe
from models.listing import json_text

_LINKS = ("knowledge_file", "chat_file", "channel_file")
_NO_TEXT_PG = (
    "CASE WHEN json_typeof(data) = 'object' THEN"
    " (SELECT json_object_agg(key, value) FROM json_each(data) WHERE key <> 'content') END"
)


class File(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    filename = CleanText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    hash = TextField(null=True)
    data = JSONText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    path = CleanText(null=True)

    class Meta:
        table_name = "file"

    # -- lists

    @classmethod
    def page_of(cls, user_id: str | None, number: int, size: int) -> tuple[list[dict[str, Any]], int]:
        """A page, counted from 1, of the user's files (None: everybody's) without their texts, the latest first;
        how many in all."""
        rows = cls._listed(user_id).order_by(cls.updated_at.desc(), cls.id.desc())
        return list(rows.paginate(number, size).dicts()), cls.count_of(user_id)

    @classmethod
    def search(cls, user_id: str | None, name: str, skip: int, limit: int) -> list[dict[str, Any]]:
        """Files of the user (None: of all) without their texts, whose name fits `name`, in which `*` and `?` stand
        for any text and any sign; the newest first."""
        rows = cls._listed(user_id)
        if name.strip("*"):
            marked = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            like = "LIKE" if is_sqlite() else "ILIKE"
            pattern = marked.replace("*", "%").replace("?", "_")
            rows = rows.where(
                SQL(f"filename {like} ? ESCAPE '\\'" if is_sqlite() else f"filename {like} %s", [pattern])
            )
        return list(rows.order_by(cls.created_at.desc(), cls.id.desc()).offset(skip).limit(limit).dicts())

    @classmethod
    def count_of(cls, user_id: str | None) -> int:
        """How many files the user has (None: everybody)."""
        rows = cls.select()
        return (rows if user_id is None else rows.where(cls.user_id == user_id)).count()

    @classmethod
    def _listed(cls, user_id: str | None) -> Query:
        # the name `data` gives the expression that column's reader
        data = "json_remove(data, '$.content')" if is_sqlite() else _NO_TEXT_PG
        columns = (cls.id, cls.user_id, cls.hash, cls.filename, SQL(data).alias("data"), cls.meta)
        rows = cls.select(*columns, cls.created_at, cls.updated_at)
        return rows if user_id is None else rows.where(cls.user_id == user_id)

    # -- one file

    @property
    def about(self) -> dict[str, Any]:
        """What is known of the bytes: name, content_type, size, file_hash, data."""
        meta: Any = self.meta
        return meta if isinstance(meta, dict) else {}

    @property
    def content_type(self) -> str:
        """The type that whoever uploaded the file gave; lower-case, empty where there is none."""
        return str(self.about.get("content_type") or "").lower()

    @property
    def name(self) -> str:
        """The name as shown."""
        return str(self.about.get("name") or self.filename or "")

    @classmethod
    def head(cls, file_id: str) -> "File | None":
        """A file without its text."""
        columns = (cls.id, cls.user_id, cls.filename, cls.meta, cls.path, cls.hash, cls.created_at, cls.updated_at)
        return cls.select(*columns).where(cls.id == file_id).first()

    @classmethod
    def heads(cls, file_ids: Iterable[str]) -> dict[str, "File"]:
        """Files without their texts, by id."""
        columns = (cls.id, cls.user_id, cls.filename, cls.meta, cls.path)
        return {row.id: row for row in cls.select(*columns).where(cls.id.in_(list(file_ids)))}

    @classmethod
    def progress(cls, file_id: str) -> tuple[str | None, str | None] | None:
        """How far the processing of a file is, and what went wrong; None where there is no such file."""
        status, error = json_text(cls.data, "status"), json_text(cls.data, "error")
        return cls.select(status, error).where(cls.id == file_id).tuples().first()

    @classmethod
    def text_of(cls, file_id: str) -> str:
        """The extracted text; empty where there is none."""
        row = cls.select(cls.data).where(cls.id == file_id).first()
        text = ((row.data if row is not None else None) or {}).get("content")
        return text if isinstance(text, str) else ""

    @classmethod
    def texts_of(cls, file_ids: Iterable[str], most: int) -> dict[str, tuple[str, int]]:
        """The first `most` signs of the files' texts, and how many each has, by id; files without a text are left
        out."""
        text = json_text(cls.data, "content")
        rows = cls.select(cls.id, fn.SUBSTR(text, 1, most), fn.LENGTH(text)).where(cls.id.in_(list(file_ids)))
        return {file_id: (begun, length) for file_id, begun, length in rows.tuples() if length is not None}

    @classmethod
    def change_data(cls, file_id: str, values: dict[str, Any], **columns: Any) -> bool:
        """Puts `values` into the file's `data` and writes these columns; False where there is no such file."""
        with write():
            row = locked_rows(cls.select(cls.data).where(cls.id == file_id)).first()
            if row is None:
                return False
            data = {**(row.data or {}), **values}
            cls.update(data=data, updated_at=now(), **columns).where(cls.id == file_id).execute()
            breathe(len(values.get("content") or ""))
            return True

    @classmethod
    def rename(cls, file_id: str, name: str) -> None:
        """Gives the file another name; its bytes stay where they are."""
        with write():
            row = locked_rows(cls.select(cls.meta).where(cls.id == file_id)).first()
            meta = {**((row.meta if row is not None else None) or {}), "name": name}
            cls.update(filename=name, meta=meta, updated_at=now()).where(cls.id == file_id).execute()

    @classmethod
    def drop(cls, file_id: str) -> None:
        """Deletes the row with all that points at it, also what SQLite would leave behind."""
        mark = "?" if is_sqlite() else "%s"
        with write():
            for table in _LINKS:
                database.execute_sql(f"DELETE FROM {table} WHERE file_id = {mark}", (file_id,))
            cls.delete().where(cls.id == file_id).execute()

    @classmethod
    def drop_all(cls) -> None:
        """Deletes all rows with all that points at them."""
        with write():
            for table in _LINKS:
                database.execute_sql(f"DELETE FROM {table}")
            cls.delete().execute()


class Document(Table):
    collection_name = CleanText(primary_key=True)
    name = CleanText(null=True)
    title = CleanText(null=True)
    filename = CleanText(null=True)
    content = CleanText(null=True)
    user_id = TextField(null=True)
    timestamp = BigIntegerField(null=True)

    class Meta:
        table_name = "document"
