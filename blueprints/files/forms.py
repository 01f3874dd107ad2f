"""What the files area takes in."""

from utils.http.fields import Boolean, Form, Integer, String


class UploadQuery(Form):
    process = Boolean(load_default=True)
    process_in_background = Boolean(load_default=True)


class ListQuery(Form):
    page = Integer(ge=1, load_default=1)
    content = Boolean(load_default=True)


class SearchQuery(Form):
    filename = String(required=True)
    content = Boolean(load_default=True)
    skip = Integer(ge=0, load_default=0)
    limit = Integer(ge=1, le=1000, load_default=100)


class OwnSearchQuery(Form):
    filename = String(load_default="*")
    content = Boolean(load_default=False)
    skip = Integer(ge=0, load_default=0)
    limit = Integer(ge=1, le=1000, load_default=50)


class ContentQuery(Form):
    attachment = Boolean(load_default=False)


class StatusQuery(Form):
    stream = Boolean(load_default=False)


class ContentForm(Form):
    content = String(required=True)


class NameForm(Form):
    filename = String(required=True)
