"""What the chats area takes in (openapi.json)."""

from utils.http.fields import Boolean, Form, Integer, List, Literal, Nested, Object, String


class ListQuery(Form):
    page = Integer(allow_none=True, load_default=None)
    include_pinned = Boolean(allow_none=True, load_default=False)
    include_folders = Boolean(allow_none=True, load_default=False)
    sort_by = String(load_default="updated_at")
    sort_dir = String(load_default="desc")


class FolderListQuery(Form):
    page = Integer(allow_none=True, load_default=1)
    sort_by = String(load_default="unread_updated_at")
    sort_dir = String(load_default="desc")


class ManagedQuery(Form):
    page = Integer(allow_none=True, load_default=None)
    query = String(allow_none=True, load_default=None)
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)


class SearchQuery(Form):
    text = String(required=True)
    page = Integer(allow_none=True, load_default=None)


class ChatForm(Form):
    chat = Object(required=True)
    variables = Object(allow_none=True, load_default=None)
    folder_id = String(allow_none=True, load_default=None)


class ImportedChat(Form):
    chat = Object(required=True)
    variables = Object(allow_none=True, load_default=None)
    folder_id = String(allow_none=True, load_default=None)
    meta = Object(allow_none=True, load_default=dict)
    pinned = Boolean(allow_none=True, load_default=False)
    archived = Boolean(allow_none=True, load_default=False)
    current_message_id = String(allow_none=True, load_default=None)
    created_at = Integer(allow_none=True, load_default=None)
    updated_at = Integer(allow_none=True, load_default=None)


class ImportForm(Form):
    chats = List(Nested(ImportedChat), required=True)


class MessageForm(Form):
    content = String(allow_none=True)
    voice = Object(allow_none=True)


class EventForm(Form):
    type = String(required=True)
    data = Object(required=True)


class CloneForm(Form):
    title = String(allow_none=True, load_default=None)


class ForkForm(Form):
    message_id = String(allow_none=True, load_default=None)


class ShareForm(Form):
    share_mode = Literal("continue", allow_none=True)


class GrantsForm(Form):
    access_grants = List(Object(), required=True)
    share_mode = Literal("continue", allow_none=True)


class FolderForm(Form):
    folder_id = String(allow_none=True, load_default=None)


class TagForm(Form):
    name = String(required=True)


class TagFilterForm(Form):
    name = String(required=True)
    skip = Integer(allow_none=True, load_default=0)
    limit = Integer(allow_none=True, load_default=50)


class UsageQuery(Form):
    items_per_page = Integer(allow_none=True, load_default=50)
    page = Integer(allow_none=True, load_default=1)


class StatsQuery(Form):
    updated_at = Integer(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)
    stream = Boolean(load_default=False)


class ConfigForm(Form):
    CONTEXT_COMPACTION_MODEL = String(allow_none=True, load_default="")
    ENABLE_CONTEXT_COMPACTION = Boolean(required=True)
    CONTEXT_COMPACTION_TOKEN_THRESHOLD = Integer(allow_none=True, load_default=None)
    CONTEXT_COMPACTION_TOKEN_CAP = Integer(allow_none=True, load_default=None)
    CONTEXT_COMPACTION_RETENTION_PERCENTAGE = Integer(allow_none=True, load_default=None)
    CONTEXT_COMPACTION_PROMPT_TEMPLATE = String(required=True)
    ENABLE_TOOL_PERMISSIONS = Boolean(load_default=False)
    ENABLE_TOOL_SEARCH = Boolean(load_default=False)
    TOOL_SEARCH_DEFER_THRESHOLD = Integer(load_default=400)
    TOOL_SEARCH_ALWAYS_LOADED = List(String(), load_default=list)
    TOOL_SEARCH_DEFER_BUILTIN_TOOLS = Boolean(load_default=True)
