"""What the environment says, read once into a frozen `Settings`.

Names and defaults are the real server's (contract env.tsv). Configuration that an administrator can
change at run time is not here but in `utils/settings/keys.py`; only these two files read the
environment.
"""

import dataclasses
import json
import os
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dotenv import dotenv_values

VERSION = "0.12.4"
"""The release of the real server that this one answers as; the frontend compares it."""

OWN_VERSION = "0.1.0"
"""The release of this server itself; setup.cfg reads it here."""

_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


class ConfigError(ValueError):
    """A variable holds a value that cannot be meant; the text names the variable and the remedy."""


def flag(text: str) -> bool:
    """true/1/yes/on or false/0/no/off, in any case. Raises `ValueError` otherwise."""
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("use true or false")


def number(text: str) -> int | None:
    """A whole number, or None for an empty text."""
    return int(text) if text.strip() else None


def semicolons(text: str) -> tuple[str, ...]:
    """`a;b` as a tuple, blanks and empty parts left out."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def commas(text: str) -> tuple[str, ...]:
    """`a,b` as a tuple, blanks and empty parts left out."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def json_object(text: str) -> str:
    """The text of a JSON object, as it is."""
    if not isinstance(json.loads(text), dict):
        raise ValueError("use a JSON object")
    return text


def one_of(*allowed: str) -> Callable[[str], str]:
    """A parser that takes these words only, in any case."""

    def parse(text: str) -> str:
        lowered = text.strip().lower()
        if lowered not in allowed:
            raise ValueError("use one of: " + ", ".join(word or "(empty)" for word in allowed))
        return lowered

    return parse


def var(name: str, default: Any, parse: Callable[[str], Any] = str, *older: str) -> Any:
    """A field read from variable `name`, or from an `older` name of it."""
    return dataclasses.field(default=default, metadata={"names": (name, *older), "parse": parse})


_SAME_SITE = one_of("lax", "strict", "none")


@dataclass(frozen=True)
class Settings:
    """One process's environment. Every field is documented by its variable in env.tsv."""

    env: str = var("ENV", "dev", one_of("dev", "test", "prod", "production"))
    host: str = var("HOST", "0.0.0.0")
    port: int = var("PORT", 8080, int)
    web_concurrency: int = var("WEB_CONCURRENCY", 1, int, "UVICORN_WORKERS")
    data_dir: pathlib.Path = var("DATA_DIR", pathlib.Path("data"), pathlib.Path)
    frontend_dir: str = var("FRONTEND_BUILD_DIR", "")
    static_dir: str = var("STATIC_DIR", "")
    log_level: str = var("GLOBAL_LOG_LEVEL", "info", one_of("debug", "info", "warning", "error", "critical"))
    log_format: str = var("LOG_FORMAT", "text", one_of("text", "json", ""))
    webui_name: str = var("WEBUI_NAME", "Open WebUI")
    deployment_id: str = var("DEPLOYMENT_ID", "")
    instance_id: str = var("INSTANCE_ID", "")
    offline: bool = var("OFFLINE_MODE", False, flag)
    version_update_check: bool = var("ENABLE_VERSION_UPDATE_CHECK", False, flag)

    # database
    database_url: str = var("DATABASE_URL", "")
    database_type: str = var("DATABASE_TYPE", "")
    database_host: str = var("DATABASE_HOST", "")
    database_port: str = var("DATABASE_PORT", "")
    database_name: str = var("DATABASE_NAME", "")
    database_user: str = var("DATABASE_USER", "")
    database_password: str = var("DATABASE_PASSWORD", "")
    database_schema: str = var("DATABASE_SCHEMA", "")
    database_pool_size: int | None = var("DATABASE_POOL_SIZE", None, number)
    database_pool_overflow: int = var("DATABASE_POOL_MAX_OVERFLOW", 0, int)
    database_pool_timeout: int = var("DATABASE_POOL_TIMEOUT", 30, int)
    database_pool_recycle: int = var("DATABASE_POOL_RECYCLE", 3600, int)
    sqlite_wal: bool = var("DATABASE_ENABLE_SQLITE_WAL", True, flag)
    sqlite_cache_size: int | None = var("DATABASE_SQLITE_PRAGMA_CACHE_SIZE", -8192, number)
    sqlite_journal_size_limit: int | None = var("DATABASE_SQLITE_PRAGMA_JOURNAL_SIZE_LIMIT", 67108864, number)
    sqlite_mmap_size: int | None = var("DATABASE_SQLITE_PRAGMA_MMAP_SIZE", 0, number)
    sqlite_synchronous: str = var("DATABASE_SQLITE_PRAGMA_SYNCHRONOUS", "NORMAL")
    sqlite_temp_store: str = var("DATABASE_SQLITE_PRAGMA_TEMP_STORE", "MEMORY")
    active_status_interval: float = var("DATABASE_USER_ACTIVE_STATUS_UPDATE_INTERVAL", 60.0, float)

    # redis
    redis_url: str = var("REDIS_URL", "")
    redis_key_prefix: str = var("REDIS_KEY_PREFIX", "open-webui")
    redis_tls_verify: bool = var("LIGHTWELL_REDIS_TLS_VERIFY", True, flag)
    redis_task_ttl: int = var("REDIS_TASK_TTL", 300, int)
    redis_stream_ttl: int = var("REDIS_RESPONSE_STREAM_TTL", 3600, int)
    redis_cluster: bool = var("REDIS_CLUSTER", False, flag)
    redis_sentinel_hosts: tuple[str, ...] = var("REDIS_SENTINEL_HOSTS", (), commas)
    redis_sentinel_port: int = var("REDIS_SENTINEL_PORT", 26379, int)
    redis_sentinel_retries: int = var("REDIS_SENTINEL_MAX_RETRY_COUNT", 2, int)
    redis_reconnect_delay: float = var("REDIS_RECONNECT_DELAY", 20.0, float)
    redis_connect_timeout: float = var("REDIS_SOCKET_CONNECT_TIMEOUT", 3.0, float)
    redis_timeout: float = var("REDIS_SOCKET_TIMEOUT", 5.0, float)
    redis_keepalive: bool = var("REDIS_SOCKET_KEEPALIVE", True, flag)
    redis_health_check: int = var("REDIS_HEALTH_CHECK_INTERVAL", 30, int)
    websocket_manager: str = var("WEBSOCKET_MANAGER", "", one_of("", "redis"))
    websocket_redis_url: str = var("WEBSOCKET_REDIS_URL", "")
    websocket_redis_options: str = var("WEBSOCKET_REDIS_OPTIONS", "", json_object)
    websocket_redis_cluster: bool = var("WEBSOCKET_REDIS_CLUSTER", False, flag)
    websocket_redis_lock_timeout: int = var("WEBSOCKET_REDIS_LOCK_TIMEOUT", 60, int)
    websocket_sentinel_hosts: tuple[str, ...] = var("WEBSOCKET_SENTINEL_HOSTS", (), commas)
    websocket_sentinel_port: int = var("WEBSOCKET_SENTINEL_PORT", 26379, int)
    websocket_redis_room_channels: bool = var("WEBSOCKET_REDIS_ROOM_CHANNELS", True, flag)

    worker: str = var("LIGHTWELL_WORKER", "embedded", one_of("embedded", "separate"))

    # realtime
    enable_websocket: bool = var("ENABLE_WEBSOCKET_SUPPORT", True, flag)
    websocket_heartbeat_interval: int | None = var("WEBSOCKET_HEARTBEAT_INTERVAL", None, number)
    websocket_ping_interval: int = var("WEBSOCKET_SERVER_PING_INTERVAL", 25, int)
    websocket_ping_timeout: int = var("WEBSOCKET_SERVER_PING_TIMEOUT", 20, int)
    stream_delta_chunk_size: int = var("CHAT_RESPONSE_STREAM_DELTA_CHUNK_SIZE", 1, int)

    # identity
    secret_key: str = var("WEBUI_SECRET_KEY", "", str, "WEBUI_JWT_SECRET_KEY")
    auth: bool = var("WEBUI_AUTH", True, flag)
    enable_password_auth: bool = var("ENABLE_PASSWORD_AUTH", True, flag)
    enable_initial_admin_signup: bool = var("ENABLE_INITIAL_ADMIN_SIGNUP", False, flag)
    signup_password_confirmation: bool = var("ENABLE_SIGNUP_PASSWORD_CONFIRMATION", False, flag)
    password_hash: str = var("PASSWORD_HASH_ALGORITHM", "argon2", one_of("bcrypt", "argon2"))
    password_validation: bool = var("ENABLE_PASSWORD_VALIDATION", False, flag)
    password_pattern: str = var(
        "PASSWORD_VALIDATION_REGEX_PATTERN", r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{8,}$"
    )
    password_hint: str = var("PASSWORD_VALIDATION_HINT", "")
    api_key_header: str = var("CUSTOM_API_KEY_HEADER", "x-api-key")
    admin_email: str = var("WEBUI_ADMIN_EMAIL", "")
    admin_password: str = var("WEBUI_ADMIN_PASSWORD", "")
    admin_name: str = var("WEBUI_ADMIN_NAME", "Admin")
    cookie_same_site: str = var("WEBUI_AUTH_COOKIE_SAME_SITE", "lax", _SAME_SITE, "WEBUI_SESSION_COOKIE_SAME_SITE")
    cookie_secure: bool = var("WEBUI_AUTH_COOKIE_SECURE", False, flag, "WEBUI_SESSION_COOKIE_SECURE")
    trusted_email_header: str = var("WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "")
    trusted_name_header: str = var("WEBUI_AUTH_TRUSTED_NAME_HEADER", "")
    trusted_groups_header: str = var("WEBUI_AUTH_TRUSTED_GROUPS_HEADER", "")
    trusted_role_header: str = var("WEBUI_AUTH_TRUSTED_ROLE_HEADER", "")
    mfa_encryption_key: str = var("MFA_ENCRYPTION_KEY", "")
    profile_image_types: tuple[str, ...] = var(
        "PROFILE_IMAGE_ALLOWED_MIME_TYPES", ("image/png", "image/jpeg", "image/gif", "image/webp"), commas
    )
    profile_image_max_size: int | None = var("PROFILE_IMAGE_MAX_DATA_URI_SIZE", None, number)
    profile_image_forwarding: bool = var("ENABLE_PROFILE_IMAGE_URL_FORWARDING", True, flag)
    default_group_share: str = var("DEFAULT_GROUP_SHARE_PERMISSION", "members", one_of("members", "true", "false"))

    # access
    admin_sees_all: bool = var("BYPASS_ADMIN_ACCESS_CONTROL", True, flag, "ENABLE_ADMIN_WORKSPACE_CONTENT_ACCESS")
    admin_chat_access: bool = var("ENABLE_ADMIN_CHAT_ACCESS", True, flag)
    admin_export: bool = var("ENABLE_ADMIN_EXPORT", True, flag)
    bypass_model_access: bool = var("BYPASS_MODEL_ACCESS_CONTROL", False, flag)
    public_active_users_count: bool = var("ENABLE_PUBLIC_ACTIVE_USERS_COUNT", True, flag)

    # providers
    provider_timeout: int | None = var("AIOHTTP_CLIENT_TIMEOUT", None, number)
    model_list_timeout: int = var(
        "AIOHTTP_CLIENT_TIMEOUT_MODEL_LIST", 10, int, "AIOHTTP_CLIENT_TIMEOUT_OPENAI_MODEL_LIST"
    )
    stream_idle_timeout: int | None = var("AIOHTTP_CLIENT_STREAM_IDLE_TIMEOUT", None, number)
    stream_line_limit: int | None = var("CHAT_STREAM_RESPONSE_CHUNK_MAX_BUFFER_SIZE", None, number)
    provider_tls: str = var("AIOHTTP_CLIENT_SESSION_SSL", "true")
    provider_redirects: bool = var("AIOHTTP_CLIENT_ALLOW_REDIRECTS", False, flag)
    models_cache_ttl: float = var("MODELS_CACHE_TTL", 1.0, float)
    forward_user_info: bool = var("ENABLE_FORWARD_USER_INFO_HEADERS", False, flag)
    forward_jwt_secret: str = var("FORWARD_USER_INFO_HEADER_JWT_SECRET", "")
    forward_jwt_seconds: int = var("FORWARD_USER_INFO_HEADER_JWT_EXPIRES_SECONDS", 300, int)
    forward_jwt_header: str = var("FORWARD_USER_INFO_HEADER_JWT", "X-OpenWebUI-User-Jwt")
    forward_name_header: str = var("FORWARD_USER_INFO_HEADER_USER_NAME", "X-OpenWebUI-User-Name")
    forward_id_header: str = var("FORWARD_USER_INFO_HEADER_USER_ID", "X-OpenWebUI-User-Id")
    forward_email_header: str = var("FORWARD_USER_INFO_HEADER_USER_EMAIL", "X-OpenWebUI-User-Email")
    forward_role_header: str = var("FORWARD_USER_INFO_HEADER_USER_ROLE", "X-OpenWebUI-User-Role")
    forward_auth_type_header: str = var("FORWARD_USER_INFO_HEADER_AUTH_TYPE", "X-OpenWebUI-Auth-Type")
    forward_chat_header: str = var("FORWARD_SESSION_INFO_HEADER_CHAT_ID", "X-OpenWebUI-Chat-Id")
    openai_passthrough: bool = var("ENABLE_OPENAI_API_PASSTHROUGH", False, flag)
    rag_system_context: bool = var("RAG_SYSTEM_CONTEXT", False, flag)
    custom_model_fallback: bool = var("ENABLE_CUSTOM_MODEL_FALLBACK", False, flag)
    tool_rounds: int = var("CHAT_RESPONSE_MAX_TOOL_CALL_ITERATIONS", 256, int, "CHAT_RESPONSE_MAX_TOOL_CALL_RETRIES")
    blocked_modules: tuple[str, ...] = var("CODE_INTERPRETER_BLOCKED_MODULES", (), commas)
    timer_interval: float = var("TIMER_POLL_INTERVAL", 1.0, float)
    local_web_fetch: bool = var("ENABLE_LOCAL_WEB_FETCH", False, flag, "ENABLE_RAG_LOCAL_WEB_FETCH")

    # files
    storage_provider: str = var("STORAGE_PROVIDER", "local", one_of("local", "s3", "gcs", "azure"))
    storage_local_cache: bool = var("STORAGE_LOCAL_CACHE", True, flag)
    s3_bucket_name: str = var("S3_BUCKET_NAME", "")
    s3_key_prefix: str = var("S3_KEY_PREFIX", "")
    s3_endpoint_url: str = var("S3_ENDPOINT_URL", "")
    s3_region_name: str = var("S3_REGION_NAME", "")
    s3_access_key_id: str = var("S3_ACCESS_KEY_ID", "")
    s3_secret_access_key: str = var("S3_SECRET_ACCESS_KEY", "")
    s3_addressing_style: str = var("S3_ADDRESSING_STYLE", "", one_of("", "auto", "path", "virtual"))
    s3_use_accelerate_endpoint: bool = var("S3_USE_ACCELERATE_ENDPOINT", False, flag)
    s3_enable_tagging: bool = var("S3_ENABLE_TAGGING", False, flag)

    # http
    cors_allow_origin: tuple[str, ...] = var("CORS_ALLOW_ORIGIN", ("*",), semicolons)
    compression: bool = var("ENABLE_COMPRESSION_MIDDLEWARE", True, flag)
    max_body_size: int = var("LIGHTWELL_MAX_BODY_MB", 256, int)
    requests_per_minute: int = var("LIGHTWELL_REQUESTS_PER_MINUTE", 0, int)
    requests_per_minute_address: int = var("LIGHTWELL_REQUESTS_PER_MINUTE_ADDRESS", 0, int)
    trusted_proxies: int = var("LIGHTWELL_TRUSTED_PROXIES", 0, int)
    slow_client_seconds: int = var("LIGHTWELL_SLOW_CLIENT_SECONDS", 60, int)
    easter_eggs: bool = var("ENABLE_EASTER_EGGS", True, flag)
    pyodide_persistence: bool = var("ENABLE_PYODIDE_FILE_PERSISTENCE", False, flag)
    enable_plugins: bool = var("ENABLE_PLUGINS", True, flag)
    enable_tools: bool = var("ENABLE_TOOLS", True, flag)
    enable_functions: bool = var("ENABLE_FUNCTIONS", True, flag)
    enable_tool_servers: bool = var("ENABLE_TOOL_SERVERS", True, flag)
    search_index: bool = var("LIGHTWELL_SEARCH_INDEX", True, flag)
    admin_analytics: bool = var("ENABLE_ADMIN_ANALYTICS", True, flag)
    elevenlabs_url: str = var("ELEVENLABS_API_BASE_URL", "https://api.elevenlabs.io")
    persistent_config: bool = var("ENABLE_PERSISTENT_CONFIG", True, flag)
    oauth_persistent_config: bool = var("ENABLE_OAUTH_PERSISTENT_CONFIG", False, flag)
    reset_config: bool = var("RESET_CONFIG_ON_START", False, flag)

    # metrics
    metrics_token: str = var("METRICS_TOKEN", "")
    metrics_port: int | None = var("METRICS_PORT", None, number)

    # telemetry; the OTEL_* variables beside these are read where it begins
    otel: bool = var("ENABLE_OTEL", False, flag)
    otel_traces: bool = var("ENABLE_OTEL_TRACES", False, flag)
    otel_metrics: bool = var("ENABLE_OTEL_METRICS", False, flag)
    otel_logs: bool = var("ENABLE_OTEL_LOGS", False, flag)

    # audit
    audit_level: str = var("AUDIT_LOG_LEVEL", "none", one_of("none", "metadata", "request", "request_response"))
    audit_path: str = var("AUDIT_LOGS_FILE_PATH", "")
    audit_rotation: str = var("AUDIT_LOG_FILE_ROTATION_SIZE", "10MB")
    audit_stdout: bool = var("ENABLE_AUDIT_STDOUT", False, flag)
    audit_file: bool = var("ENABLE_AUDIT_LOGS_FILE", True, flag)
    audit_gets: bool = var("ENABLE_AUDIT_GET_REQUESTS", False, flag)
    audit_body_size: int = var("MAX_BODY_LOG_SIZE", 2048, int)
    audit_excluded: tuple[str, ...] = var("AUDIT_EXCLUDED_PATHS", ("/chats", "/chat", "/folders"), commas)
    audit_included: tuple[str, ...] = var("AUDIT_INCLUDED_PATHS", (), commas)

    environ: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """Every variable, for the keys that seed persistent configuration and the security headers."""

    @property
    def database(self) -> str:
        """The database's URL: as given, from its parts, or the SQLite file in the data folder."""
        if self.database_url:
            return self.database_url
        if self.database_type and self.database_type != "sqlite":
            where = f"{self.database_host}:{self.database_port}" if self.database_port else self.database_host
            return f"{self.database_type}://{self.database_user}:{self.database_password}@{where}/{self.database_name}"
        return f"sqlite:///{(self.data_dir / 'webui.db').resolve()}"

    @property
    def database_options(self) -> dict[str, Any]:
        """What `models.database.bind` takes beside the URL."""
        pragmas = {
            "journal_mode": "wal" if self.sqlite_wal else "delete",
            "synchronous": self.sqlite_synchronous,
            "cache_size": self.sqlite_cache_size,
            "temp_store": self.sqlite_temp_store,
            "mmap_size": self.sqlite_mmap_size,
            "journal_size_limit": self.sqlite_journal_size_limit,
        }
        return {
            "pragmas": {name: value for name, value in pragmas.items() if value not in (None, "")},
            "pool_size": (self.database_pool_size or 10) + self.database_pool_overflow,
            "pool_timeout": self.database_pool_timeout,
            "pool_recycle": self.database_pool_recycle,
            "schema": self.database_schema,
        }

    @property
    def frontend(self) -> pathlib.Path:
        """Where the built frontend lies."""
        return pathlib.Path(self.frontend_dir) if self.frontend_dir else self.data_dir / "frontend"


def variable_names() -> set[str]:
    """Every variable that `Settings` reads."""
    return {name for field in dataclasses.fields(Settings) for name in field.metadata.get("names", ())}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `.env`, overlaid by the process's environment (or by `environ` alone).

    Raises `ConfigError` naming every variable with a value that cannot be meant.
    """
    if environ is None:
        environ = {**{k: v or "" for k, v in dotenv_values(".env").items()}, **os.environ}
    values: dict[str, Any] = {"environ": dict(environ)}
    faults = []
    for field in dataclasses.fields(Settings):
        given = next((name for name in field.metadata.get("names", ()) if environ.get(name, "") != ""), None)
        if given is None:
            continue
        try:
            values[field.name] = field.metadata["parse"](environ[given])
        except ValueError as error:
            faults.append(f"{given}={'…' if 'OPTIONS' in given else repr(environ[given])}: {error}")
    if faults:
        raise ConfigError("These environment variables cannot be used:\n  " + "\n  ".join(faults))
    return Settings(**values)
