"""What the prompts area takes in."""

from utils.http.fields import Form, Integer, String


class ListQuery(Form):
    query = String(allow_none=True, load_default=None)
    view_option = String(allow_none=True, load_default=None)
    tag = String(allow_none=True, load_default=None)
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)
