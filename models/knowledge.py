"""Knowledge bases, their directories and files. Columns and units: data.md section 2."""

from collections.abc import Iterator
from typing import Any

from peewee import BigIntegerField, Query, TextField, fn

from models.base import CleanText, JSONText, Table, new_id, now
from models.files import File
from models.listing import containing, json_text, ordered, page


class Knowledge(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    name = CleanText()
    description = CleanText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(null=True, default=now)
    data = JSONText(null=True)

    class Meta:
        table_name = "knowledge"

    @classmethod
    def of_source(cls, rows: Query, source: str) -> Query:
        """`rows` whose meta names this source."""
        return rows.where(json_text(cls.meta, "source") == source)

    @classmethod
    def found(cls, rows: Query, query: str | None, order_by: str | None = None, way: str | None = None) -> Query:
        """`rows` whose name or description contains `query`, by name, created_at or updated_at."""
        if query:
            rows = rows.where(containing(query, cls.name, cls.description))
        fields = {"name": cls.name, "created_at": cls.created_at, "updated_at": cls.updated_at}
        return ordered(rows, cls, fields, order_by, way)


class KnowledgeDirectory(Table):
    id = TextField(primary_key=True, default=new_id)
    knowledge_id = TextField()
    parent_id = TextField(null=True)
    name = CleanText()
    user_id = TextField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "knowledge_directory"

    @classmethod
    def paths(cls, ids: list[str]) -> dict[str, str]:
        """The path of each directory from its knowledge base's top, parts joined by slashes."""
        found: dict[str, tuple[str, str | None]] = {}
        wanted = set(ids)
        while missing := wanted - set(found):
            rows = cls.select(cls.id, cls.name, cls.parent_id).where(cls.id.in_(missing)).tuples()
            found |= dict.fromkeys(missing, ("", None)) | {row[0]: (row[1], row[2]) for row in rows}
            wanted |= {parent for _, parent in found.values() if parent}
        return {directory: "/".join(reversed(list(_upwards(directory, found)))) for directory in ids}


class KnowledgeFile(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    knowledge_id = TextField()
    file_id = TextField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)
    directory_id = TextField(null=True)

    class Meta:
        table_name = "knowledge_file"

    BASE = ("id", "user_id", "name", "description", "meta", "created_at", "updated_at")

    @classmethod
    def counts(cls, knowledge_ids: list[str]) -> dict[str, int]:
        """How many files each knowledge base holds."""
        rows = (
            cls.select(cls.knowledge_id, fn.COUNT(cls.id))
            .join(File, on=(File.id == cls.file_id))
            .where(cls.knowledge_id.in_(knowledge_ids or [""]))
            .group_by(cls.knowledge_id)
        )
        return dict(rows.tuples())

    @classmethod
    def files_of(cls, knowledge_id: str) -> list[File]:
        """The files of a knowledge base without their texts, in the order in which they were added."""
        columns = (File.id, File.user_id, File.filename, File.meta, File.path)
        rows = File.select(*columns).join(cls, on=(cls.file_id == File.id)).where(cls.knowledge_id == knowledge_id)
        return list(rows.order_by(cls.created_at, cls.id))

    @classmethod
    def found(
        cls, condition: Any, query: str | None, number: int | None, *, content: bool
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of the files of all knowledge bases for which `condition` holds (None: of all), the latest
        first, and how many there are. `query` looks at the names, with `content` at the text as well."""
        base = [getattr(Knowledge, name).alias(f"base_{name}") for name in cls.BASE]
        rows = (
            cls.select(
                File.id,
                File.user_id,
                File.hash,
                File.filename,
                File.meta,
                File.path,
                File.created_at,
                File.updated_at,
                cls.directory_id,
                cls.user_id.alias("added_by"),
                *base,
            )
            .join(File, on=(File.id == cls.file_id))
            .join(Knowledge, on=(Knowledge.id == cls.knowledge_id))
        )
        if condition is not None:
            rows = rows.where(condition)
        if query:
            places = (File.filename, json_text(File.data, "content")) if content else (File.filename,)
            rows = rows.where(containing(query, *places))
        return page(rows.order_by(File.updated_at.desc(), File.id), number)


def _upwards(directory: str | None, found: dict[str, tuple[str, str | None]]) -> Iterator[str]:
    passed = set()
    while directory and directory not in passed:
        passed.add(directory)
        name, directory = found[directory]
        yield name
