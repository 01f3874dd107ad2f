"""What the server says about itself (`GET /api/config`): a table of keys, read in one query."""

from typing import Any

import config
from utils.access import permissions
from utils.access.permissions import Someone
from utils.settings import environment, keys, keys_media, keys_retrieval, keys_signin
from utils.settings.setting import Setting, read

_PUBLIC: dict[str, Setting] = {
    "default_locale": keys.DEFAULT_LOCALE,
    "i18n": keys.UI_I18N,
    "oauth.auto_redirect": keys_signin.OAUTH_AUTO_REDIRECT,
    "features.enable_ldap": keys_signin.ENABLE_LDAP,
    "features.enable_signup": keys.ENABLE_SIGNUP,
    "features.enable_login_form": keys.ENABLE_LOGIN_FORM,
}

_FOR_USERS: dict[str, Setting] = {
    **_PUBLIC,
    "features.enable_terminal_servers": keys.TERMINAL_SERVER_CONNECTIONS,
    "features.enable_api_keys": keys.ENABLE_API_KEYS,
    "features.enable_password_change_form": keys.ENABLE_PASSWORD_CHANGE_FORM,
    "features.enable_direct_connections": keys.ENABLE_DIRECT_CONNECTIONS,
    "features.enable_direct_integrations": keys.ENABLE_DIRECT_INTEGRATIONS,
    "features.enable_folders": keys.ENABLE_FOLDERS,
    "features.folder_max_file_count": keys.FOLDER_MAX_FILE_COUNT,
    "features.enable_channels": keys.ENABLE_CHANNELS,
    "features.enable_encrypted_channels": keys.ENABLE_ENCRYPTED_CHANNELS,
    "features.enable_apps": keys.ENABLE_APPS,
    "features.enable_calendar": keys.ENABLE_CALENDAR,
    "features.enable_automations": keys.ENABLE_AUTOMATIONS,
    "features.enable_notes": keys.ENABLE_NOTES,
    "features.enable_context_compaction": keys.ENABLE_CONTEXT_COMPACTION,
    "features.enable_tool_permissions": keys.ENABLE_TOOL_PERMISSIONS,
    "features.enable_web_search": keys_retrieval.ENABLE_WEB_SEARCH,
    "features.enable_web_search_confirmation": keys_retrieval.ENABLE_WEB_SEARCH_CONFIRMATION,
    "features.web_search_confirmation_content": keys_retrieval.WEB_SEARCH_CONFIRMATION_CONTENT,
    "features.enable_code_execution": keys.ENABLE_CODE_EXECUTION,
    "features.enable_code_interpreter": keys.ENABLE_CODE_INTERPRETER,
    "features.enable_image_generation": keys_media.ENABLE_IMAGE_GENERATION,
    "features.enable_autocomplete_generation": keys.ENABLE_AUTOCOMPLETE_GENERATION,
    "features.enable_title_generation": keys.ENABLE_TITLE_GENERATION,
    "features.enable_follow_up_generation": keys.ENABLE_FOLLOW_UP_GENERATION,
    "features.enable_tags_generation": keys.ENABLE_TAGS_GENERATION,
    "features.enable_community_sharing": keys.ENABLE_COMMUNITY_SHARING,
    "features.enable_message_rating": keys.ENABLE_MESSAGE_RATING,
    "features.enable_user_webhooks": keys.ENABLE_USER_WEBHOOKS,
    "features.enable_user_status": keys.ENABLE_USER_STATUS,
    "features.enable_google_drive_integration": keys.ENABLE_GOOGLE_DRIVE_INTEGRATION,
    "features.enable_onedrive_integration": keys.ENABLE_ONEDRIVE_INTEGRATION,
    "features.enable_memories": keys.ENABLE_MEMORIES,
    "features.enable_subagents": keys.ENABLE_SUBAGENTS,
    "default_models": keys.DEFAULT_MODELS,
    "default_pinned_models": keys.DEFAULT_PINNED_MODELS,
    "default_prompt_suggestions": keys.DEFAULT_PROMPT_SUGGESTIONS,
    "default_prompt_suggestions_i18n": keys.UI_PROMPT_SUGGESTIONS_I18N,
    "code.engine": keys.CODE_EXECUTION_ENGINE,
    "code.interpreter_engine": keys.CODE_INTERPRETER_ENGINE,
    "audio.realtime.enabled": keys_media.AUDIO_REALTIME_ENABLED,
    "audio.realtime.model": keys_media.AUDIO_REALTIME_MODEL,
    "audio.realtime.voice": keys_media.AUDIO_REALTIME_VOICE,
    "audio.tts.engine": keys_media.AUDIO_TTS_ENGINE,
    "audio.tts.voice": keys_media.AUDIO_TTS_VOICE,
    "audio.tts.split_on": keys_media.AUDIO_TTS_SPLIT_ON,
    "audio.stt.engine": keys_media.AUDIO_STT_ENGINE,
    "file.max_size": keys_retrieval.RAG_FILE_MAX_SIZE,
    "file.max_count": keys_retrieval.RAG_FILE_MAX_COUNT,
    "file.image_compression.width": keys_retrieval.FILE_IMAGE_COMPRESSION_WIDTH,
    "file.image_compression.height": keys_retrieval.FILE_IMAGE_COMPRESSION_HEIGHT,
    "google_drive.client_id": keys.GOOGLE_DRIVE_CLIENT_ID,
    "google_drive.api_key": keys.GOOGLE_DRIVE_API_KEY,
    "onedrive.sharepoint_url": keys.ONEDRIVE_SHAREPOINT_URL,
    "onedrive.sharepoint_tenant_id": keys.ONEDRIVE_SHAREPOINT_TENANT_ID,
    "ui.default_interface_settings": keys.DEFAULT_INTERFACE_SETTINGS,
    "ui.visibility": keys.UI_VISIBILITY,
    "ui.pending_user_overlay_title": keys.PENDING_USER_OVERLAY_TITLE,
    "ui.pending_user_overlay_content": keys.PENDING_USER_OVERLAY_CONTENT,
    "ui.response_watermark": keys.RESPONSE_WATERMARK,
}


def _fill(answer: dict[str, Any], table: dict[str, Setting]) -> None:
    """Puts the value of every setting at its dotted place in `answer`."""
    for place, value in zip(table, read(*table.values()), strict=True):
        branch, _, leaf = place.rpartition(".")
        node = answer
        for name in branch.split(".") if branch else ():
            node = node.setdefault(name, {})
        node[leaf] = value


def _of_the_server(*, onboarding: bool = False) -> dict[str, Any]:
    settings = environment.current()
    answer: dict[str, Any] = {"onboarding": True} if onboarding else {}
    return answer | {
        "status": True,
        "name": settings.webui_name,
        "version": config.VERSION,
        "oauth": {"providers": {}},
        "features": {
            "slim": True,
            "auth": settings.auth,
            "auth_trusted_header": bool(settings.trusted_email_header),
            "enable_signup_password_confirmation": settings.signup_password_confirmation,
            "enable_websocket": settings.enable_websocket,
        },
    }


def for_anybody(*, onboarding: bool) -> dict[str, Any]:
    """What a visitor may know."""
    answer = _of_the_server(onboarding=onboarding)
    _fill(answer, _PUBLIC)
    return answer


def for_user(user: Someone) -> dict[str, Any]:
    """What a signed-in user is told."""
    settings = environment.current()
    environ = settings.environ
    answer = _of_the_server()
    _fill(answer, _FOR_USERS)
    answer["features"] |= {
        "enable_version_update_check": settings.version_update_check and not settings.offline,
        "enable_pyodide_file_persistence": settings.pyodide_persistence,
        "enable_public_active_users_count": settings.public_active_users_count,
        "enable_easter_eggs": settings.easter_eggs,
        "enable_plugins": settings.enable_plugins,
        "enable_tools": settings.enable_plugins and settings.enable_tools,
        "enable_functions": settings.enable_plugins and settings.enable_functions,
        "enable_tool_servers": settings.enable_plugins and settings.enable_tool_servers,
        "enable_terminal_servers": bool(answer["features"]["enable_terminal_servers"]),
        "enable_admin_export": settings.admin_export,
        "enable_admin_chat_access": settings.admin_chat_access,
        "enable_admin_analytics": settings.admin_analytics,
    }
    if settings.websocket_heartbeat_interval is not None:
        answer["features"]["websocket_heartbeat_interval"] = min(max(settings.websocket_heartbeat_interval, 5), 90)
    answer["onedrive"] |= {
        "client_id_personal": environ.get("ONEDRIVE_CLIENT_ID_PERSONAL") or environ.get("ONEDRIVE_CLIENT_ID", ""),
        "client_id_business": environ.get("ONEDRIVE_CLIENT_ID_BUSINESS") or environ.get("ONEDRIVE_CLIENT_ID", ""),
    }
    answer["permissions"] = permissions.of(user.id)
    answer["license_metadata"] = None
    answer["ui"]["iframe_csp"] = environ.get("IFRAME_CSP", "")
    return answer
