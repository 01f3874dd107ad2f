"""What the configs area takes in."""

from utils.http.fields import Boolean, Form, Integer, List, Nested, Object, OneOf, OpenForm, String
from utils.settings import pages

ConnectionsForm = pages.CONNECTIONS.form()
CodeExecutionForm = pages.CODE_EXECUTION.form()
ModelsForm = pages.MODELS.form()
SubagentsForm = pages.SUBAGENTS.form()


class ImportForm(Form):
    config = Object(required=True)


class VisibilityForm(Form):
    visibility = Object(Boolean(), required=True)


class SuggestionForm(Form):
    title = List(String(), required=True)
    content = String(required=True)


class SuggestionsForm(Form):
    suggestions = List(Nested(SuggestionForm), required=True, allow_none=True)
    i18n = Object(allow_none=True, load_default=None)


class BannerForm(Form):
    i18n = Object(Object(String()), allow_none=True, load_default=None)
    id = String(required=True)
    type = String(required=True)
    title = String(allow_none=True, load_default=None)
    content = String(required=True)
    dismissible = Boolean(required=True)
    timestamp = Integer(required=True)


class BannersForm(Form):
    banners = List(Nested(BannerForm), required=True)


class ToolServerForm(OpenForm):
    url = String(required=True)
    path = String(required=True)
    type = String(allow_none=True, load_default="openapi")
    auth_type = String(required=True, allow_none=True)
    forward_cookies = Boolean(load_default=False)
    headers = OneOf(dict=Object(), str=String(), allow_none=True, load_default=None)
    key = String(required=True, allow_none=True)
    config = Object(required=True, allow_none=True)
    info = Object(allow_none=True, load_default=None)


class ToolServersForm(Form):
    TOOL_SERVER_CONNECTIONS = List(Nested(ToolServerForm), required=True)


class TerminalServerForm(OpenForm):
    id = String(allow_none=True, load_default="")
    name = String(allow_none=True, load_default="")
    enabled = Boolean(allow_none=True, load_default=True)
    url = String(required=True)
    path = String(allow_none=True, load_default="/openapi.json")
    key = String(allow_none=True, load_default="")
    auth_type = String(allow_none=True, load_default="bearer")
    forward_cookies = Boolean(load_default=False)
    config = Object(allow_none=True, load_default=None)
    server_type = String(allow_none=True, load_default=None)
    policy_id = String(allow_none=True, load_default=None)


class TerminalServersForm(Form):
    TERMINAL_SERVER_CONNECTIONS = List(Nested(TerminalServerForm), required=True)


class _Orchestrator(Form):
    url = String(required=True)
    key = String(allow_none=True, load_default="")
    auth_type = String(allow_none=True, load_default="bearer")


class PolicyForm(_Orchestrator):
    policy_id = String(required=True)
    policy_data = Object(allow_none=True, load_default=None)


class LifecycleForm(_Orchestrator):
    policy_id = String(required=True)
    lifecycle_data = Object(allow_none=True, load_default=None)


class RefreshForm(_Orchestrator):
    user_id = String(allow_none=True, load_default=None)
    policy_id = String(allow_none=True, load_default=None)
    only_idle = Boolean(load_default=True)
    reset = Boolean(load_default=False)
