"""Persistent configuration: accounts, interface, chats, tasks, providers (contract config.tsv, data.md section 5)."""

from utils.settings.permission_tree import PERMISSIONS, seeded
from utils.settings.setting import loads, number, number_or_empty, setting, split

ENABLE_SKILL_LAZY_LOADING = setting("skills.lazy_loading.enable", False, "ENABLE_SKILL_LAZY_LOADING")
SKILL_CONTENT_MAX_CHARS = setting("skills.content_max_chars", None, "SKILL_CONTENT_MAX_CHARS", parse=number)
SKILL_PREVIEW_MAX_CHARS = setting("skills.preview_max_chars", None, "SKILL_PREVIEW_MAX_CHARS", parse=number)
ENABLE_DIRECT_CONNECTIONS = setting("direct.enable", False, "ENABLE_DIRECT_CONNECTIONS")
ENABLE_DIRECT_INTEGRATIONS = setting("direct.integrations.enable", False, "ENABLE_DIRECT_INTEGRATIONS")
ENABLE_OLLAMA_API = setting("ollama.enable", True, "ENABLE_OLLAMA_API")
OLLAMA_BASE_URLS = setting(
    "ollama.base_urls",
    ["http://localhost:11434"],
    "OLLAMA_BASE_URLS",
    "OLLAMA_BASE_URL",
    "OLLAMA_API_BASE_URL",
    parse=split(";"),
)
OLLAMA_API_CONFIGS = setting("ollama.api_configs", {}, "OLLAMA_API_CONFIGS")
ENABLE_OPENAI_API = setting("openai.enable", True, "ENABLE_OPENAI_API")
OPENAI_API_KEYS = setting("openai.api_keys", [""], "OPENAI_API_KEYS", "OPENAI_API_KEY", parse=split(";"))
OPENAI_API_BASE_URLS = setting(
    "openai.api_base_urls",
    ["https://api.openai.com/v1"],
    "OPENAI_API_BASE_URLS",
    "OPENAI_API_BASE_URL",
    parse=split(";"),
)
OPENAI_API_CONFIGS = setting("openai.api_configs", {}, "OPENAI_API_CONFIGS")
ENABLE_BASE_MODELS_CACHE = setting("models.base_models_cache", False, "ENABLE_BASE_MODELS_CACHE")
TOOL_SERVER_CONNECTIONS = setting("tool_server.connections", [], "TOOL_SERVER_CONNECTIONS")
TERMINAL_SERVER_CONNECTIONS = setting("terminal_server.connections", [], "TERMINAL_SERVER_CONNECTIONS")
ENABLE_CODE_EXECUTION = setting("code_execution.enable", True, "ENABLE_CODE_EXECUTION")
CODE_EXECUTION_ENGINE = setting("code_execution.engine", "pyodide", "CODE_EXECUTION_ENGINE")
CODE_EXECUTION_JUPYTER_URL = setting("code_execution.jupyter.url", "", "CODE_EXECUTION_JUPYTER_URL")
CODE_EXECUTION_JUPYTER_AUTH = setting("code_execution.jupyter.auth", "", "CODE_EXECUTION_JUPYTER_AUTH")
CODE_EXECUTION_JUPYTER_AUTH_TOKEN = setting(
    "code_execution.jupyter.auth_token", "", "CODE_EXECUTION_JUPYTER_AUTH_TOKEN"
)
CODE_EXECUTION_JUPYTER_AUTH_PASSWORD = setting(
    "code_execution.jupyter.auth_password", "", "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD"
)
CODE_EXECUTION_JUPYTER_TIMEOUT = setting("code_execution.jupyter.timeout", 60, "CODE_EXECUTION_JUPYTER_TIMEOUT")
ENABLE_CODE_INTERPRETER = setting("code_interpreter.enable", True, "ENABLE_CODE_INTERPRETER")
ENABLE_MEMORIES = setting("memories.enable", True, "ENABLE_MEMORIES")
ENABLE_MEMORY_SYSTEM_CONTEXT = setting("memories.system_context.enable", True, "ENABLE_MEMORY_SYSTEM_CONTEXT")
ENABLE_MEMORY_BACKGROUND_REVIEW = setting("memories.background_review.enable", False, "ENABLE_MEMORY_BACKGROUND_REVIEW")
MEMORIES_REVIEW_INTERVAL_TURNS = setting("memories.review_interval_turns", 10, "MEMORIES_REVIEW_INTERVAL_TURNS")
MEMORIES_USER_CHAR_LIMIT = setting("memories.user_char_limit", 2000, "MEMORIES_USER_CHAR_LIMIT")
MEMORIES_CONTEXT_CHAR_LIMIT = setting("memories.context_char_limit", 2000, "MEMORIES_CONTEXT_CHAR_LIMIT")
CODE_INTERPRETER_ENGINE = setting("code_interpreter.engine", "pyodide", "CODE_INTERPRETER_ENGINE")
CODE_INTERPRETER_PROMPT_TEMPLATE = setting("code_interpreter.prompt_template", "", "CODE_INTERPRETER_PROMPT_TEMPLATE")
CODE_INTERPRETER_JUPYTER_URL = setting(
    "code_interpreter.jupyter.url", "", "CODE_INTERPRETER_JUPYTER_URL", "CODE_EXECUTION_JUPYTER_URL"
)
CODE_INTERPRETER_JUPYTER_AUTH = setting(
    "code_interpreter.jupyter.auth", "", "CODE_INTERPRETER_JUPYTER_AUTH", "CODE_EXECUTION_JUPYTER_AUTH"
)
CODE_INTERPRETER_JUPYTER_AUTH_TOKEN = setting(
    "code_interpreter.jupyter.auth_token",
    "",
    "CODE_INTERPRETER_JUPYTER_AUTH_TOKEN",
    "CODE_EXECUTION_JUPYTER_AUTH_TOKEN",
)
CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD = setting(
    "code_interpreter.jupyter.auth_password",
    "",
    "CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD",
    "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD",
)
CODE_INTERPRETER_JUPYTER_TIMEOUT = setting(
    "code_interpreter.jupyter.timeout", 60, "CODE_INTERPRETER_JUPYTER_TIMEOUT", "CODE_EXECUTION_JUPYTER_TIMEOUT"
)
ENABLE_GOOGLE_DRIVE_INTEGRATION = setting("google_drive.enable", False, "ENABLE_GOOGLE_DRIVE_INTEGRATION")
GOOGLE_DRIVE_CLIENT_ID = setting("google_drive.client_id", "", "GOOGLE_DRIVE_CLIENT_ID")
GOOGLE_DRIVE_API_KEY = setting("google_drive.api_key", "", "GOOGLE_DRIVE_API_KEY")
ENABLE_ONEDRIVE_INTEGRATION = setting("onedrive.enable", False, "ENABLE_ONEDRIVE_INTEGRATION")
ONEDRIVE_SHAREPOINT_URL = setting("onedrive.sharepoint_url", "", "ONEDRIVE_SHAREPOINT_URL")
ONEDRIVE_SHAREPOINT_TENANT_ID = setting("onedrive.sharepoint_tenant_id", "", "ONEDRIVE_SHAREPOINT_TENANT_ID")
WEBUI_URL = setting("webui.url", "", "WEBUI_URL")
ENABLE_SIGNUP = setting("ui.enable_signup", True, "ENABLE_SIGNUP", "WEBUI_AUTH")
ENABLE_LOGIN_FORM = setting("ui.enable_login_form", True, "ENABLE_LOGIN_FORM")
ENABLE_PASSWORD_CHANGE_FORM = setting("ui.enable_password_change_form", True, "ENABLE_PASSWORD_CHANGE_FORM")
DEFAULT_LOCALE = setting("ui.default_locale", "", "DEFAULT_LOCALE")
DEFAULT_MODELS = setting("ui.default_models", None, "DEFAULT_MODELS", parse=str)
DEFAULT_PINNED_MODELS = setting("ui.default_pinned_models", None, "DEFAULT_PINNED_MODELS", parse=str)
DEFAULT_INTERFACE_SETTINGS = setting("ui.default_interface_settings", {}, "DEFAULT_INTERFACE_SETTINGS")
UI_VISIBILITY = setting("ui.visibility", {}, "UI_VISIBILITY")
UI_I18N = setting("ui.i18n", {})
DEFAULT_PROMPT_SUGGESTIONS = setting("ui.prompt_suggestions", None, "DEFAULT_PROMPT_SUGGESTIONS", parse=loads)
UI_PROMPT_SUGGESTIONS_I18N = setting("ui.prompt_suggestions_i18n", {})
MODEL_ORDER_LIST = setting("ui.model_order_list", [], "MODEL_ORDER_LIST")
DEFAULT_MODEL_METADATA = setting("models.default_metadata", {}, "DEFAULT_MODEL_METADATA")
DEFAULT_MODEL_PARAMS = setting("models.default_params", {}, "DEFAULT_MODEL_PARAMS")
DEFAULT_USER_ROLE = setting("ui.default_user_role", "pending", "DEFAULT_USER_ROLE")
DEFAULT_GROUP_ID = setting("ui.default_group_id", "", "DEFAULT_GROUP_ID")
PENDING_USER_OVERLAY_TITLE = setting("ui.pending_user_overlay_title", "", "PENDING_USER_OVERLAY_TITLE")
PENDING_USER_OVERLAY_CONTENT = setting("ui.pending_user_overlay_content", "", "PENDING_USER_OVERLAY_CONTENT")
RESPONSE_WATERMARK = setting("ui.watermark", "", "RESPONSE_WATERMARK")
USER_PERMISSIONS = setting("user.permissions", PERMISSIONS, seed=seeded)
ENABLE_FOLDERS = setting("folders.enable", True, "ENABLE_FOLDERS")
FOLDER_MAX_FILE_COUNT = setting("folders.max_file_count", "", "FOLDER_MAX_FILE_COUNT", parse=number_or_empty)
ENABLE_CHANNELS = setting("channels.enable", False, "ENABLE_CHANNELS")
ENABLE_ENCRYPTED_CHANNELS = setting("channels.encryption.enable", False, "ENABLE_ENCRYPTED_CHANNELS")
ENABLE_APPS = setting("apps.enable", False, "ENABLE_APPS")
CHANNEL_MODEL_RESPONSE_MODE = setting("channels.model_response_mode", "thread", "CHANNEL_MODEL_RESPONSE_MODE")
ENABLE_CALENDAR = setting("calendar.enable", True, "ENABLE_CALENDAR")
ENABLE_AUTOMATIONS = setting("automations.enable", True, "ENABLE_AUTOMATIONS")
ENABLE_SUBAGENTS = setting("subagents.enable", False, "ENABLE_SUBAGENTS")
SUBAGENTS_BACKGROUND_ENABLED = setting("subagents.background_enabled", False, "SUBAGENTS_BACKGROUND_ENABLED")
SUBAGENTS_MAX_CONCURRENT = setting("subagents.max_concurrent", 20, "SUBAGENTS_MAX_CONCURRENT")
SUBAGENTS_MAX_ASYNC = setting("subagents.max_async", 20, "SUBAGENTS_MAX_ASYNC")
SUBAGENTS_MAX_ITERATIONS = setting("subagents.max_iterations", 30, "SUBAGENTS_MAX_ITERATIONS")
SUBAGENTS_MAX_OUTPUT = setting("subagents.max_output", 30000, "SUBAGENTS_MAX_OUTPUT")
SUBAGENTS_SYSTEM_PROMPT = setting("subagents.system_prompt", "", "SUBAGENTS_SYSTEM_PROMPT")
AUTOMATION_MAX_COUNT = setting("automations.max_count", "", "AUTOMATION_MAX_COUNT", parse=number_or_empty)
AUTOMATION_MIN_INTERVAL = setting("automations.min_interval", "", "AUTOMATION_MIN_INTERVAL", parse=number_or_empty)
AUTOMATION_AUTH_TOKEN_EXPIRES_IN = setting(
    "automations.auth_token_expires_in", "1h", "AUTOMATION_AUTH_TOKEN_EXPIRES_IN"
)
ENABLE_NOTES = setting("notes.enable", True, "ENABLE_NOTES")
ENABLE_USER_STATUS = setting("users.enable_status", True, "ENABLE_USER_STATUS")
ENABLE_EVALUATION_ARENA_MODELS = setting("evaluation.arena.enable", False, "ENABLE_EVALUATION_ARENA_MODELS")
EVALUATION_ARENA_MODELS = setting("evaluation.arena.models", [], "EVALUATION_ARENA_MODELS")
WEBHOOK_URL = setting("webhook_url", "", "WEBHOOK_URL")
ENABLE_COMMUNITY_SHARING = setting("ui.enable_community_sharing", True, "ENABLE_COMMUNITY_SHARING")
ENABLE_MESSAGE_RATING = setting("ui.enable_message_rating", True, "ENABLE_MESSAGE_RATING")
ENABLE_USER_WEBHOOKS = setting("ui.enable_user_webhooks", False, "ENABLE_USER_WEBHOOKS")
WEBUI_BANNERS = setting("ui.banners", [], "WEBUI_BANNERS")
SHOW_ADMIN_DETAILS = setting("auth.admin.show", True, "SHOW_ADMIN_DETAILS")
ADMIN_EMAIL = setting("auth.admin.email", None, "ADMIN_EMAIL", parse=str)
TASK_MODEL = setting("task.model.default", "", "TASK_MODEL")
TASK_MODEL_EXTERNAL = setting("task.model.external", "", "TASK_MODEL_EXTERNAL")
TASK_MODEL_PARAMS = setting("task.model.params", {}, "TASK_MODEL_PARAMS")
CONTEXT_COMPACTION_MODEL = setting("chat.context_compaction.model", "", "CONTEXT_COMPACTION_MODEL")
ENABLE_CONTEXT_COMPACTION = setting("chat.context_compaction.enable", False, "ENABLE_CONTEXT_COMPACTION")
CONTEXT_COMPACTION_TOKEN_THRESHOLD = setting(
    "chat.context_compaction.token_threshold", 80000, "CONTEXT_COMPACTION_TOKEN_THRESHOLD"
)
CONTEXT_COMPACTION_TOKEN_CAP = setting(
    "chat.context_compaction.token_cap", None, "CONTEXT_COMPACTION_TOKEN_CAP", parse=number
)
CONTEXT_COMPACTION_RETENTION_PERCENTAGE = setting(
    "chat.context_compaction.retention_percentage", 40, "CONTEXT_COMPACTION_RETENTION_PERCENTAGE"
)
CONTEXT_COMPACTION_PROMPT_TEMPLATE = setting(
    "chat.context_compaction.prompt_template", "", "CONTEXT_COMPACTION_PROMPT_TEMPLATE"
)
ENABLE_TOOL_PERMISSIONS = setting("chat.tool_permissions.enable", False, "ENABLE_TOOL_PERMISSIONS")
ENABLE_TOOL_SEARCH = setting("chat.tool_search.enable", False, "ENABLE_TOOL_SEARCH")
TOOL_SEARCH_DEFER_THRESHOLD = setting("chat.tool_search.defer_threshold", 400, "TOOL_SEARCH_DEFER_THRESHOLD")
TOOL_SEARCH_ALWAYS_LOADED = setting("chat.tool_search.always_loaded", [], "TOOL_SEARCH_ALWAYS_LOADED", parse=split(","))
TOOL_SEARCH_DEFER_BUILTIN_TOOLS = setting(
    "chat.tool_search.defer_builtin_tools", True, "TOOL_SEARCH_DEFER_BUILTIN_TOOLS"
)
TITLE_GENERATION_PROMPT_TEMPLATE = setting("task.title.prompt_template", "", "TITLE_GENERATION_PROMPT_TEMPLATE")
TAGS_GENERATION_PROMPT_TEMPLATE = setting("task.tags.prompt_template", "", "TAGS_GENERATION_PROMPT_TEMPLATE")
IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE = setting(
    "task.image.prompt_template", "", "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE"
)
FOLLOW_UP_GENERATION_PROMPT_TEMPLATE = setting(
    "task.follow_up.prompt_template", "", "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE"
)
ENABLE_FOLLOW_UP_GENERATION = setting("task.follow_up.enable", True, "ENABLE_FOLLOW_UP_GENERATION")
ENABLE_TAGS_GENERATION = setting("task.tags.enable", True, "ENABLE_TAGS_GENERATION")
ENABLE_TITLE_GENERATION = setting("task.title.enable", True, "ENABLE_TITLE_GENERATION")
ENABLE_SEARCH_QUERY_GENERATION = setting("task.query.search.enable", True, "ENABLE_SEARCH_QUERY_GENERATION")
ENABLE_RETRIEVAL_QUERY_GENERATION = setting("task.query.retrieval.enable", True, "ENABLE_RETRIEVAL_QUERY_GENERATION")
QUERY_GENERATION_PROMPT_TEMPLATE = setting("task.query.prompt_template", "", "QUERY_GENERATION_PROMPT_TEMPLATE")
ENABLE_AUTOCOMPLETE_GENERATION = setting("task.autocomplete.enable", False, "ENABLE_AUTOCOMPLETE_GENERATION")
AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH = setting(
    "task.autocomplete.input_max_length", -1, "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH"
)
AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE = setting(
    "task.autocomplete.prompt_template", "", "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE"
)
VOICE_MODE_PROMPT_TEMPLATE = setting("task.voice.prompt_template", "", "VOICE_MODE_PROMPT_TEMPLATE")
ENABLE_VOICE_MODE_PROMPT = setting("task.voice.prompt.enable", True, "ENABLE_VOICE_MODE_PROMPT")
TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE = setting(
    "task.tools.prompt_template", "", "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE"
)
ENABLE_API_KEYS = setting("auth.enable_api_keys", False, "ENABLE_API_KEYS")
ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS = setting(
    "auth.api_key.endpoint_restrictions",
    False,
    "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS",
    "ENABLE_API_KEY_ENDPOINT_RESTRICTIONS",
)
API_KEYS_ALLOWED_ENDPOINTS = setting(
    "auth.api_key.allowed_endpoints", "", "API_KEYS_ALLOWED_ENDPOINTS", "API_KEY_ALLOWED_ENDPOINTS"
)
JWT_EXPIRES_IN = setting("auth.jwt_expiry", "4w", "JWT_EXPIRES_IN")
ENABLE_MFA = setting("auth.mfa.enable", False, "ENABLE_MFA")
MFA_ALLOW_OAUTH_BYPASS = setting("auth.mfa.allow_oauth_bypass", False, "MFA_ALLOW_OAUTH_BYPASS")
MFA_ALLOW_TRUSTED_HEADER_BYPASS = setting(
    "auth.mfa.allow_trusted_header_bypass", False, "MFA_ALLOW_TRUSTED_HEADER_BYPASS"
)
EVENTS_WEBHOOKS = setting("events.webhooks", [], stored_at_start=False)
EXTERNAL_KNOWLEDGE_CONNECTIONS = setting("external_knowledge.connections", [], stored_at_start=False)
