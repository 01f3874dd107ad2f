"""What the pipelines area takes in. `urlIdx` is the number of a connection."""

from utils.http.fields import Form, Integer, String


class ServerQuery(Form):
    urlIdx = Integer(allow_none=True, load_default=None)


class PipelineQuery(Form):
    urlIdx = Integer(allow_none=True, required=True)


INDEX = Integer(required=True)
"""`urlIdx` of a form with a file."""


class AddForm(Form):
    url = String(required=True)
    urlIdx = Integer(required=True)


class DeleteForm(Form):
    id = String(required=True)
    urlIdx = Integer(required=True)
