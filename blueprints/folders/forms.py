"""What the folders area takes in (openapi.json)."""

from utils.http.fields import Boolean, Form, Integer, List, Literal, Object, StrictForm, String


class FolderForm(StrictForm):
    name = String(required=True)
    data = Object(allow_none=True, load_default=None)
    meta = Object(allow_none=True, load_default=None)
    parent_id = String(allow_none=True, load_default=None)


class FolderUpdateForm(StrictForm):
    name = String(allow_none=True)
    data = Object(allow_none=True)
    meta = Object(allow_none=True)


class ParentForm(Form):
    parent_id = String(allow_none=True, load_default=None)


class ExpandedForm(Form):
    is_expanded = Boolean(required=True)


class GrantsForm(Form):
    access_grants = List(Object(), required=True)
    share_mode = Literal("continue", allow_none=True)


class SharedChatsQuery(Form):
    page = Integer(ge=1, allow_none=True, load_default=None)
    sort_by = String(load_default="unread_updated_at")
    sort_dir = String(load_default="desc")


class DeleteQuery(Form):
    delete_contents = Boolean(allow_none=True, load_default=True)
