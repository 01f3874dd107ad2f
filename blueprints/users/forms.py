"""What the users area takes in."""

from utils.auth.pictures import Picture
from utils.http.fields import Boolean, Form, Integer, Nested, Object, OpenForm, String
from utils.settings.permission_tree import PERMISSIONS


class ListQuery(Form):
    query = String(allow_none=True, load_default=None)
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)


class InheritedQuery(Form):
    include_inherited = Boolean(load_default=False)


class RawQuery(Form):
    raw = Boolean(load_default=False)


class SettingsForm(OpenForm):
    ui = Object(allow_none=True, load_default=None)


class StatusForm(Form):
    status_emoji = String(allow_none=True)
    status_message = String(allow_none=True)
    status_expires_at = Integer(allow_none=True)


class VariablesForm(Form):
    variables = Object(load_default=dict)


class UserUpdateForm(Form):
    role = String(allow_none=True)
    name = String(allow_none=True)
    email = String(allow_none=True)
    profile_image_url = Picture(allow_none=True)
    password = String(allow_none=True)


class UsageQuery(Form):
    days = Integer(ge=7, le=732, allow_none=True, load_default=None)
    start_date = Integer(allow_none=True, load_default=None)
    end_date = Integer(allow_none=True, load_default=None)


def _branch(leaves: dict[str, bool]) -> type[Form]:
    fields = {leaf: Boolean(load_default=value) for leaf, value in leaves.items()}
    return Form.from_dict(fields)  # type: ignore[arg-type, return-value]


PermissionsForm: type[Form] = Form.from_dict(  # type: ignore[assignment]
    {branch: Nested(_branch(leaves), required=True) for branch, leaves in PERMISSIONS.items()}  # type: ignore[misc]
)
"""The whole permission tree; a leaf that is left out gets its default."""
