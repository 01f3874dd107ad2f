"""What the groups area takes in."""

from utils.http.fields import Boolean, Form, Integer, List, Literal, Object, String


class GroupForm(Form):
    parent_group_id = String(allow_none=True)
    name = String(required=True)
    description = String(required=True)
    permissions = Object(allow_none=True)
    data = Object(allow_none=True)


class UserIdsForm(Form):
    user_ids = List(String(), allow_none=True, load_default=None)


class ListQuery(Form):
    share = Boolean(allow_none=True, load_default=None)


class MembersQuery(Form):
    membership = Literal("direct", "inherited", "effective", load_default="effective")
    query = String(load_default="")
    page = Integer(ge=1, load_default=1)
