"""What the automations area takes in."""

from utils.http.fields import Form, Integer, String


class ListQuery(Form):
    query = String(allow_none=True, load_default=None)
    status = String(allow_none=True, load_default=None)
    folder_id = String(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)
