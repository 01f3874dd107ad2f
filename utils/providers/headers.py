"""Headers of a call to a provider: credentials, the connection's own, who is asking (providers.md 3)."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import jwt

from models import groups
from utils.providers import azure
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.settings import environment

_PLACEHOLDER = re.compile(r"\{\{([A-Z_]+)\}\}")
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# what a connection's own headers may not decide
_RESERVED = {"content-length", "host", "transfer-encoding", "connection"}

_VALUES: dict[str, Callable[[Context], str]] = {
    "CHAT_ID": lambda context: context.chat_id,
    "MESSAGE_ID": lambda context: context.message_id,
    "USER_MESSAGE_ID": lambda context: context.user_message_id,
    "USER_MESSAGE_PARENT_ID": lambda context: context.user_message_parent_id,
    "FILE_ID": lambda context: context.file_id,
    "FILE_NAME": lambda context: context.file_name,
    "FILE_CONTENT_TYPE": lambda context: context.file_content_type,
    "TASK": lambda context: context.task,
    "USER_ID": lambda context: context.user.id,
    "USER_NAME": lambda context: context.user.name,
    "USER_EMAIL": lambda context: context.user.email,
    "USER_ROLE": lambda context: context.user.role,
    "USER_GROUPS": lambda context: ",".join(groups.names_of_user(context.user.id)),
    "USER_GROUP_IDS": lambda context: ",".join(groups.ids_of_user(context.user.id)),
    "USER_AGENT": lambda context: context.user_agent,
    "AUTH_TYPE": lambda context: context.auth_type,
}


def headers(connection: Connection, context: Context, model_id: str = "") -> dict[str, str]:
    """All headers of a JSON call. `model_id` is the id in the list, prefix included.

    May ask the database (groups) or, for Azure sign-in, the network.
    """
    out = {"Content-Type": "application/json", **_credentials(connection, context)}
    if "openrouter.ai" in connection.url:
        out |= {"HTTP-Referer": "https://openwebui.com/", "X-Title": environment.current().webui_name}
    out |= user_headers(context)
    out |= custom_headers(connection.config.get("headers"), context, model_id)
    if connection.config.get("forward_cookies") and context.cookies:
        out["Cookie"] = "; ".join(f"{name}={_safe(value)}" for name, value in context.cookies.items())
    return out


def is_personal(connection: Connection) -> bool:
    """Whether two users may get different answers from this connection."""
    if connection.auth_type in ("session", "system_oauth") or connection.config.get("forward_cookies"):
        return True
    return "{{" in str(connection.config.get("headers") or "") or environment.current().forward_user_info


def custom_headers(given: Any, context: Context, model_id: str = "") -> dict[str, str]:
    """A configured object of headers with its placeholders filled; what cannot be a header is left out."""
    if not isinstance(given, dict):
        return {}

    def fill(match: re.Match[str]) -> str:
        if match[1] == "MODEL_ID":
            return model_id
        known = _VALUES.get(match[1])
        return match[0] if known is None else (known(context) or "")

    return {
        name: _safe(_PLACEHOLDER.sub(fill, str(value)))
        for name, value in given.items()
        if isinstance(value, (str, int, float)) and _NAME.fullmatch(name) and name.lower() not in _RESERVED
    }


def user_headers(context: Context) -> dict[str, str]:
    """Who is asking, where the operator wants providers to know (ENABLE_FORWARD_USER_INFO_HEADERS)."""
    settings, user = environment.current(), context.user
    if not settings.forward_user_info:
        return {}
    if settings.forward_jwt_secret:
        out = {settings.forward_jwt_header: _signed(user)}
    else:
        out = {
            settings.forward_name_header: quote(user.name or "", safe=" "),
            settings.forward_id_header: _safe(user.id),
            settings.forward_email_header: _safe(user.email),
            settings.forward_role_header: _safe(user.role),
        }
    if context.auth_type:
        out[settings.forward_auth_type_header] = _safe(context.auth_type)
    if context.chat_id:
        out[settings.forward_chat_header] = _safe(context.chat_id)
    return out


def _signed(user: Any) -> str:
    settings, moment = environment.current(), int(time.time())
    claims = {
        "sub": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "iss": "open-webui",
        "iat": moment,
        "exp": moment + settings.forward_jwt_seconds,
    }
    return jwt.encode(claims, settings.forward_jwt_secret, "HS256")


def _credentials(connection: Connection, context: Context) -> dict[str, str]:
    kind = connection.auth_type
    if kind in ("azure_ad", "microsoft_entra_id"):
        return {"Authorization": f"Bearer {azure.access_token()}"}
    tokens = {"bearer": connection.key, "session": context.token, "system_oauth": context.oauth_token}
    token = tokens.get(kind)
    out = {"api-key": _safe(connection.key)} if connection.provider == "azure" else {}
    if not token:
        return out
    out["Authorization"] = f"Bearer {_safe(token)}"
    if urlsplit(connection.url).hostname == "api.anthropic.com":
        out |= {"x-api-key": _safe(token), "anthropic-version": "2023-06-01"}
    return out


def _safe(value: Any) -> str:
    """`value` as a header may carry it: everything but printable ASCII percent-encoded."""
    text = str(value or "")
    return text if text.isascii() and text.isprintable() else quote(text, safe=_PLAIN + "%")
