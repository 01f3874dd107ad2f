"""What the calendars area takes in."""

from utils.http.fields import Form, String


class EventsQuery(Form):
    start = String(required=True)
    end = String(required=True)
    calendar_ids = String(allow_none=True, load_default=None)
