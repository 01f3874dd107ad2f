"""What the tools area takes in."""

from utils.http.fields import Form, String


class ListQuery(Form):
    query = String(allow_none=True, load_default=None)
