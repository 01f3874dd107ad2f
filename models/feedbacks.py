"""Ratings of replies. Columns and units: data.md section 2."""

from typing import Any

from peewee import JOIN, BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now
from models.listing import json_text, ordered, page
from models.users import User


class Feedback(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    version = BigIntegerField(null=True)
    type = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    snapshot = JSONText(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "feedback"

    LISTED = ("id", "user_id", "version", "type", "data", "meta", "created_at", "updated_at")
    AUTHOR = ("id", "name", "email", "role", "last_active_at", "updated_at", "created_at")

    @classmethod
    def page_of(
        cls, number: int | None, order_by: str | None, way: str | None, model_id: str | None
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of all feedback with its author, the latest change first, and how many there are.
        `order_by`: username, model_id, rating or updated_at."""
        author = {name: getattr(User, name).alias(f"user_{name}") for name in cls.AUTHOR}
        columns = (getattr(cls, name) for name in cls.LISTED)
        rows = cls.select(*columns, *author.values()).join(User, JOIN.LEFT_OUTER, on=(User.id == cls.user_id))
        if model_id:
            rows = rows.where(json_text(cls.data, "model_id") == model_id)
        fields = {
            "username": User.name,
            "model_id": json_text(cls.data, "model_id"),
            "rating": json_text(cls.data, "rating"),
            "updated_at": cls.updated_at,
        }
        return page(ordered(rows, cls, fields, order_by, way), number)

    @classmethod
    def rated_models(cls) -> list[str]:
        """The models that feedback was given on, in order."""
        model = json_text(cls.data, "model_id")
        return [name for (name,) in cls.select(model).distinct().order_by(model).tuples() if name]

    @classmethod
    def ratings(cls) -> list[dict[str, Any]]:
        """The data of every rating, the oldest first."""
        rows = cls.select(cls.data).where(cls.type == "rating").order_by(cls.created_at, cls.id)
        return [data for (data,) in rows.tuples() if isinstance(data, dict)]
