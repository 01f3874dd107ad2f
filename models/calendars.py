"""Calendars, events and attendees. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, BooleanField, Query, TextField, fn

from models.base import CleanText, JSONText, Table, new_id, now_ns
from models.database import locked_rows, write
from models.users import User


class Calendar(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    name = CleanText()
    color = CleanText(null=True)
    is_default = BooleanField()
    data = JSONText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "calendar"

    @classmethod
    def ensure_default(cls, user_id: str) -> None:
        """Gives a user who has no calendar yet his first one."""
        if cls.select(cls.id).where(cls.user_id == user_id).exists():
            return
        with write():
            # the account's row is the lock: two requests of a page that opens make one calendar
            locked_rows(User.select(User.id).where(User.id == user_id)).execute()
            if not cls.select(cls.id).where(cls.user_id == user_id).exists():
                cls.create(user_id=user_id, name="Personal", color="#3b82f6", is_default=True)

    @classmethod
    def listed(cls, rows: Query) -> list[dict[str, Any]]:
        """`rows`, the oldest first."""
        return list(rows.order_by(cls.created_at, cls.id).dicts())


class CalendarEvent(Table):
    id = TextField(primary_key=True, default=new_id)
    calendar_id = TextField()
    user_id = TextField()
    title = CleanText()
    description = CleanText(null=True)
    start_at = BigIntegerField()
    end_at = BigIntegerField(null=True)
    all_day = BooleanField()
    rrule = CleanText(null=True)
    color = CleanText(null=True)
    location = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    is_cancelled = BooleanField()
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "calendar_event"

    @classmethod
    def between(
        cls, visible: Any, user_id: str, start: int, end: int, calendar_ids: list[str] | None
    ) -> list[dict[str, Any]]:
        """The events of calendars for which `visible` holds, and those that the user is invited to, which
        overlap the time from `start` to `end` (ns) or come again; of the named calendars only."""
        in_calendar = visible if calendar_ids is None else visible & cls.calendar_id.in_(calendar_ids)
        invited = CalendarEventAttendee.select(CalendarEventAttendee.event_id).where(
            CalendarEventAttendee.user_id == user_id
        )
        once = (cls.rrule.is_null() | (cls.rrule == "")) & (fn.COALESCE(cls.end_at, cls.start_at) >= start)
        again = cls.rrule.is_null(False) & (cls.rrule != "")
        rows = (
            cls.select()
            .join(Calendar, on=(Calendar.id == cls.calendar_id))
            .where(cls.is_cancelled == False)  # noqa: E712
            .where(in_calendar | cls.id.in_(invited))
            .where((cls.start_at <= end) & (once | again))
        )
        return list(rows.order_by(cls.start_at, cls.id).dicts())


class CalendarEventAttendee(Table):
    id = TextField(primary_key=True, default=new_id)
    event_id = TextField()
    user_id = TextField()
    status = CleanText()
    meta = JSONText(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "calendar_event_attendee"

    @classmethod
    def of_events(cls, event_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        """The attendees of events, by event."""
        found: dict[str, list[dict[str, Any]]] = {}
        rows = cls.select().where(cls.event_id.in_(event_ids or [""])).order_by(cls.created_at, cls.id)
        for row in rows.dicts():
            found.setdefault(row["event_id"], []).append(row)
        return found
