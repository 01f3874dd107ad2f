"""What the knowledge area takes in."""

from utils.http.fields import Boolean, Form, Integer, String


class ListQuery(Form):
    page = Integer(allow_none=True, load_default=1)


class SearchQuery(ListQuery):
    query = String(allow_none=True, load_default=None)
    view_option = String(allow_none=True, load_default=None)
    source = String(allow_none=True, load_default=None)
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)


class FilesQuery(ListQuery):
    query = String(allow_none=True, load_default=None)
    include_content = Boolean(load_default=False)
