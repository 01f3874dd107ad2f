"""The calendars that a caller sees, and what stands in them."""

from flask import g

from blueprints.calendars import forms, shapes
from blueprints.calendars.recurrence import dates, moment
from models import access_grants
from models.automations import Automation
from models.calendars import Calendar, CalendarEvent, CalendarEventAttendee
from models.listing import owners
from utils.access.permissions import allows, require
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.http.area import Area
from utils.http.errors import bad_request, forbidden
from utils.http.parse import takes
from utils.settings import keys

area = Area("calendars", __name__, "/api/v1/calendars")
CALENDARS = Resource(Calendar, "calendar", admin_sees_all=False)


def _check_feature():
    if not keys.ENABLE_CALENDAR.get():
        raise forbidden("Calendars are switched off on this server.")
    require(g.user, "features.calendar")


def _sees_tasks():
    return keys.ENABLE_AUTOMATIONS.get() and allows(g.user, "features.automations")


@area.get("/")
@verified
def list_calendars():
    _check_feature()
    Calendar.ensure_default(g.user.id)
    rows = Calendar.listed(CALENDARS.select(g.user, "read"))
    grants = access_grants.of_resources("calendar", [row["id"] for row in rows])
    shown = [shapes.calendar(row, grants[row["id"]]) for row in rows]
    return [*shown, shapes.scheduled_tasks(g.user.id)] if _sees_tasks() else shown


@area.get("/events")
@verified
@takes(query=forms.EventsQuery)
def list_events(query):
    _check_feature()
    try:
        start, end = moment(query["start"]), moment(query["end"])
    except ValueError:
        raise bad_request("Give the times as 2026-04-01T00:00:00.") from None
    chosen = query["calendar_ids"].split(",") if query["calendar_ids"] else None
    shown = _events(start, end, chosen)
    if _sees_tasks() and (chosen is None or shapes.SCHEDULED in chosen):
        shown += _tasks(start, end)
    return shown


def _events(start, end, chosen):
    rows = CalendarEvent.between(CALENDARS.visible(g.user), g.user.id, start, end, chosen)
    attendees = CalendarEventAttendee.of_events([row["id"] for row in rows])
    known = owners(row["user_id"] for row in rows)
    shown = []
    for row in rows:
        event = shapes.event(row, attendees.get(row["id"], []), known.get(row["user_id"]))
        if row["rrule"]:
            shown += [shapes.occurrence(event, at) for at in dates(row["rrule"], row["start_at"], start, end)]
        else:
            shown.append(event)
    return shown


def _tasks(start, end):
    shown = []
    for row in Automation.active_of(g.user.id):
        task = shapes.task(row)
        if task["rrule"]:
            shown += [shapes.occurrence(task, at) for at in dates(task["rrule"], row["created_at"], start, end)]
    return shown
