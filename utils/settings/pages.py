"""Admin pages General, Authentication, Connections, Models, Interface, Evaluations, Code execution."""

from typing import Any

from utils.http.fields import Integer, List, Object, String
from utils.settings import keys, keys_signin
from utils.settings.panel import Joined, Panel, flag_or_text, number_or_text, row, rows

GENERAL = Panel(
    {
        **rows(keys, "ENABLE_MFA MFA_ALLOW_OAUTH_BYPASS MFA_ALLOW_TRUSTED_HEADER_BYPASS"),
        **rows(keys, "SHOW_ADMIN_DETAILS", required=True),
        **rows(keys, "ADMIN_EMAIL", allow_none=True, load_default=None),
        **rows(keys, "WEBUI_URL", required=True),
        **rows(keys, "ENABLE_LOGIN_FORM"),
        **rows(
            keys,
            "ENABLE_SIGNUP ENABLE_API_KEYS ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS API_KEYS_ALLOWED_ENDPOINTS "
            "DEFAULT_USER_ROLE DEFAULT_GROUP_ID",
            required=True,
        ),
        **rows(keys, "DEFAULT_INTERFACE_SETTINGS", allow_none=True, load_default=None),
        "I18N": (keys.UI_I18N, Object(Object(String()))),
        **rows(keys, "JWT_EXPIRES_IN ENABLE_COMMUNITY_SHARING ENABLE_MESSAGE_RATING ENABLE_FOLDERS", required=True),
        "FOLDER_MAX_FILE_COUNT": (keys.FOLDER_MAX_FILE_COUNT, number_or_text(allow_none=True, load_default=None)),
        "AUTOMATION_MAX_COUNT": (keys.AUTOMATION_MAX_COUNT, number_or_text(allow_none=True, load_default=None)),
        "AUTOMATION_MIN_INTERVAL": (keys.AUTOMATION_MIN_INTERVAL, number_or_text(allow_none=True, load_default=None)),
        **rows(keys, "ENABLE_AUTOMATIONS ENABLE_CHANNELS", required=True),
        **rows(keys, "ENABLE_ENCRYPTED_CHANNELS ENABLE_APPS CHANNEL_MODEL_RESPONSE_MODE"),
        **rows(keys, "ENABLE_CALENDAR ENABLE_MEMORIES ENABLE_MEMORY_SYSTEM_CONTEXT", required=True),
        **rows(keys, "ENABLE_SKILL_LAZY_LOADING"),
        "SKILL_CONTENT_MAX_CHARS": (keys.SKILL_CONTENT_MAX_CHARS, Integer(gt=0, allow_none=True)),
        "SKILL_PREVIEW_MAX_CHARS": (keys.SKILL_PREVIEW_MAX_CHARS, Integer(gt=0, allow_none=True)),
        **rows(keys, "ENABLE_NOTES ENABLE_USER_WEBHOOKS ENABLE_USER_STATUS", required=True),
        **rows(
            keys,
            "PENDING_USER_OVERLAY_TITLE PENDING_USER_OVERLAY_CONTENT RESPONSE_WATERMARK",
            allow_none=True,
            load_default=None,
        ),
    }
)

MFA_POLICY = ("ENABLE_MFA", "MFA_ALLOW_OAUTH_BYPASS", "MFA_ALLOW_TRUSTED_HEADER_BYPASS")
"""Fields of `GENERAL` whose change ends every session."""

LDAP = Panel({"enable_ldap": row(keys_signin.ENABLE_LDAP, allow_none=True, load_default=None)})

LDAP_SERVER = Panel(
    {
        "label": row(keys_signin.LDAP_SERVER_LABEL, required=True),
        "host": row(keys_signin.LDAP_SERVER_HOST, required=True),
        "port": row(keys_signin.LDAP_SERVER_PORT, allow_none=True, load_default=None),
        "attribute_for_mail": row(keys_signin.LDAP_ATTRIBUTE_FOR_MAIL, load_default="mail"),
        "default_email_domain": row(keys_signin.LDAP_DEFAULT_EMAIL_DOMAIN, load_default=""),
        "attribute_for_username": row(keys_signin.LDAP_ATTRIBUTE_FOR_USERNAME, load_default="uid"),
        "app_dn": row(keys_signin.LDAP_APP_DN, required=True),
        "app_dn_password": row(keys_signin.LDAP_APP_PASSWORD, required=True),
        "search_base": row(keys_signin.LDAP_SEARCH_BASE, required=True),
        "search_filters": row(keys_signin.LDAP_SEARCH_FILTER, load_default=""),
        "use_tls": row(keys_signin.LDAP_USE_TLS, load_default=True),
        "certificate_path": row(keys_signin.LDAP_CA_CERT_FILE, allow_none=True, load_default=None),
        "validate_cert": row(keys_signin.LDAP_VALIDATE_CERT, load_default=True),
        "ciphers": row(keys_signin.LDAP_CIPHERS, allow_none=True, load_default="ALL"),
        "enable_group_management": row(keys_signin.ENABLE_LDAP_GROUP_MANAGEMENT, load_default=False),
        "enable_group_creation": row(keys_signin.ENABLE_LDAP_GROUP_CREATION, load_default=False),
        "attribute_for_groups": row(keys_signin.LDAP_ATTRIBUTE_FOR_GROUPS, load_default="memberOf"),
    }
)

_NULLABLE: dict[str, Any] = {"allow_none": True}
OAUTH = Panel(
    {
        **rows(
            keys_signin,
            "ENABLE_OAUTH ENABLE_OAUTH_SIGNUP OAUTH_MERGE_ACCOUNTS_BY_EMAIL OAUTH_AUTO_REDIRECT",
            **_NULLABLE,
        ),
        "OAUTH_ALLOWED_DOMAINS": (keys_signin.OAUTH_ALLOWED_DOMAINS, Joined(**_NULLABLE)),
        **rows(keys_signin, "OAUTH_BLOCKED_GROUPS ENABLE_OAUTH_ROLE_MANAGEMENT OAUTH_ROLES_CLAIM", **_NULLABLE),
        "OAUTH_ADMIN_ROLES": (keys_signin.OAUTH_ADMIN_ROLES, Joined(**_NULLABLE)),
        "OAUTH_ALLOWED_ROLES": (keys_signin.OAUTH_ALLOWED_ROLES, Joined(**_NULLABLE)),
        **rows(keys_signin, "ENABLE_OAUTH_GROUP_MANAGEMENT ENABLE_OAUTH_GROUP_CREATION", **_NULLABLE),
        "OAUTH_GROUP_CLAIM": row(keys_signin.OAUTH_GROUPS_CLAIM, **_NULLABLE),
        "OAUTH_GROUP_DEFAULT_SHARE": (keys_signin.OAUTH_GROUP_DEFAULT_SHARE, flag_or_text(**_NULLABLE)),
        **rows(
            keys_signin,
            "OAUTH_PROVIDER_NAME OPENID_PROVIDER_URL OAUTH_CLIENT_ID OAUTH_CLIENT_SECRET OPENID_REDIRECT_URI "
            "OAUTH_SCOPES OAUTH_CODE_CHALLENGE_METHOD OAUTH_TOKEN_ENDPOINT_AUTH_METHOD OPENID_END_SESSION_ENDPOINT",
            **_NULLABLE,
        ),
        "OAUTH_TIMEOUT": (keys_signin.OAUTH_TIMEOUT, number_or_text(**_NULLABLE)),
        "OAUTH_CLIENT_TIMEOUT": (keys_signin.OAUTH_CLIENT_TIMEOUT, number_or_text(**_NULLABLE)),
        **rows(
            keys_signin,
            "OAUTH_EMAIL_CLAIM OAUTH_USERNAME_CLAIM OAUTH_PICTURE_CLAIM OAUTH_SUB_CLAIM OAUTH_AUDIENCE "
            "OAUTH_UPDATE_EMAIL_ON_LOGIN OAUTH_UPDATE_NAME_ON_LOGIN OAUTH_UPDATE_PICTURE_ON_LOGIN "
            "OAUTH_REFRESH_TOKEN_INCLUDE_SCOPE",
            **_NULLABLE,
        ),
    },
    null_keeps=True,
)

CONNECTIONS = Panel(
    {
        **rows(keys, "ENABLE_DIRECT_CONNECTIONS", required=True),
        **rows(keys, "ENABLE_DIRECT_INTEGRATIONS"),
        **rows(keys, "ENABLE_BASE_MODELS_CACHE", required=True),
    }
)

CODE_EXECUTION = Panel(
    {
        **rows(keys, "ENABLE_CODE_EXECUTION CODE_EXECUTION_ENGINE", required=True),
        **rows(
            keys,
            "CODE_EXECUTION_JUPYTER_URL CODE_EXECUTION_JUPYTER_AUTH CODE_EXECUTION_JUPYTER_AUTH_TOKEN "
            "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD CODE_EXECUTION_JUPYTER_TIMEOUT",
            required=True,
            allow_none=True,
        ),
        **rows(keys, "ENABLE_CODE_INTERPRETER CODE_INTERPRETER_ENGINE", required=True),
        **rows(
            keys,
            "CODE_INTERPRETER_PROMPT_TEMPLATE CODE_INTERPRETER_JUPYTER_URL CODE_INTERPRETER_JUPYTER_AUTH "
            "CODE_INTERPRETER_JUPYTER_AUTH_TOKEN CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD "
            "CODE_INTERPRETER_JUPYTER_TIMEOUT",
            required=True,
            allow_none=True,
        ),
    }
)

MODELS = Panel(
    {
        **rows(keys, "DEFAULT_MODELS DEFAULT_PINNED_MODELS MODEL_ORDER_LIST", required=True, allow_none=True),
        **rows(keys, "DEFAULT_MODEL_METADATA DEFAULT_MODEL_PARAMS", allow_none=True, load_default=None),
    }
)

SUBAGENTS = Panel(
    rows(
        keys,
        "ENABLE_SUBAGENTS SUBAGENTS_BACKGROUND_ENABLED SUBAGENTS_MAX_CONCURRENT SUBAGENTS_MAX_ASYNC "
        "SUBAGENTS_MAX_ITERATIONS SUBAGENTS_MAX_OUTPUT SUBAGENTS_SYSTEM_PROMPT",
        required=True,
    )
)

EVALUATIONS = Panel(
    {
        **rows(keys, "ENABLE_EVALUATION_ARENA_MODELS", **_NULLABLE),
        "EVALUATION_ARENA_MODELS": (keys.EVALUATION_ARENA_MODELS, List(Object(), **_NULLABLE)),
    },
    null_keeps=True,
)
