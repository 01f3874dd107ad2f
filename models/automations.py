"""Scheduled prompts and their runs. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, BooleanField, TextField, fn

from models.base import CleanText, JSONText, Table, new_id, now_ns
from models.listing import containing, page


class Automation(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    name = CleanText()
    data = JSONText()
    meta = JSONText(null=True)
    is_active = BooleanField()
    last_run_at = BigIntegerField(null=True)
    next_run_at = BigIntegerField(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)
    folder_id = TextField(null=True)

    class Meta:
        table_name = "automation"

    @classmethod
    def of_user(
        cls, user_id: str, query: str | None, status: str | None, folder_id: str | None, number: int | None
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of the user's automations, the latest first, and how many there are. `status` is
        "active" or "paused"."""
        rows = cls.select().where(cls.user_id == user_id)
        if query:
            rows = rows.where(containing(query, cls.name, cls.data.cast("TEXT")))
        if status in ("active", "paused"):
            rows = rows.where(cls.is_active == (status == "active"))
        if folder_id:
            rows = rows.where(cls.folder_id == folder_id)
        return page(rows.order_by(cls.created_at.desc(), cls.id), number)

    @classmethod
    def active_of(cls, user_id: str) -> list[dict[str, Any]]:
        """The user's automations that are switched on."""
        return list(cls.select().where((cls.user_id == user_id) & (cls.is_active == True)).dicts())  # noqa: E712


class AutomationRun(Table):
    id = TextField(primary_key=True, default=new_id)
    automation_id = TextField()
    chat_id = TextField(null=True)
    status = CleanText()
    error = CleanText(null=True)
    created_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "automation_run"

    @classmethod
    def last_of(cls, automation_ids: list[str]) -> dict[str, dict[str, Any]]:
        """The latest run of each automation that has run."""
        if not automation_ids:
            return {}
        latest = (
            cls.select(cls.automation_id, fn.MAX(cls.created_at).alias("moment"))
            .where(cls.automation_id.in_(automation_ids))
            .group_by(cls.automation_id)
        )
        rows = cls.select(cls).join(
            latest, on=((cls.automation_id == latest.c.automation_id) & (cls.created_at == latest.c.moment))
        )
        return {row["automation_id"]: row for row in rows.dicts()}
