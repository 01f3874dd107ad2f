"""What the search area takes in (openapi.json)."""

from utils.http.fields import Form, Integer, Literal, String


class SearchQuery(Form):
    q = String(max_length=500, load_default="")
    kind = Literal("all", "chat", "message", "note", load_default="all")
    sharing = Literal("all", "mine", "shared", load_default="all")
    scope = String(max_length=200, load_default="")
    page = Integer(ge=1, le=100000, load_default=1)
