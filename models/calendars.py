"""Calendars, events and attendees. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now_ns


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
