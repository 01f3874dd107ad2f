"""What the files area takes in."""

from utils.http.fields import Boolean, Form, Integer


class ListQuery(Form):
    page = Integer(ge=1, load_default=1)
    content = Boolean(load_default=True)
