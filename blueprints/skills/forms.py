"""What the skills area takes in."""

from utils.http.fields import Form, Integer, String


class OfferedQuery(Form):
    query = String(allow_none=True, load_default=None)


class ListQuery(OfferedQuery):
    view_option = String(allow_none=True, load_default=None)
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)
