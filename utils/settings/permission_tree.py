"""The default permission tree, and how a group's part lies on top of it (data.md section 5)."""

from collections.abc import Mapping
from typing import Any

from config import flag


def _leaves(value: bool, names: str) -> dict[str, bool]:
    return dict.fromkeys(names.split(), value)


PERMISSIONS: dict[str, dict[str, bool]] = {
    "workspace": _leaves(
        False,
        "models knowledge prompts tools skills models_import models_export models_hidden prompts_import "
        "prompts_export tools_import tools_export skills_import skills_export",
    ),
    "sharing": _leaves(
        False,
        "models public_models knowledge public_knowledge prompts public_prompts tools public_tools skills "
        "public_skills notes public_notes folders public_chats open_chats public_calendars",
    ),
    "access_grants": _leaves(True, "allow_users allow_groups"),
    "chat": {
        **_leaves(
            True,
            "controls valves system_prompt params file_upload web_upload delete delete_message continue_response "
            "regenerate_response rate_response edit share export import stt tts call multiple_models temporary",
        ),
        "temporary_enforced": False,
    },
    "features": {
        "api_keys": False,
        "notes": True,
        "folders": True,
        "channels": True,
        "encrypted_channels": False,
        "direct_tool_servers": False,
        "web_search": True,
        "image_generation": True,
        "code_interpreter": True,
        "memories": True,
        "automations": False,
        "calendar": True,
        "webhooks": False,
    },
    "settings": {"interface": True},
}


def merged(base: dict[str, Any], granted: dict[str, Any]) -> dict[str, Any]:
    """`base` with every leaf also true where `granted` has it true."""
    out = dict(base)
    for name, value in granted.items():
        known = out.get(name)
        if isinstance(value, dict):
            out[name] = merged(known if isinstance(known, dict) else {}, value)
        else:
            out[name] = bool(known) or bool(value)
    return out


def filled(tree: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """`tree` with the leaves of `defaults` where it has none."""
    out = dict(tree)
    for name, value in defaults.items():
        if isinstance(value, dict):
            known = out.get(name)
            out[name] = filled(known if isinstance(known, dict) else {}, value)
        else:
            out.setdefault(name, value)
    return out


VARIABLES = {
    "USER_PERMISSIONS_ACCESS_GRANTS_ALLOW_GROUPS": "access_grants.allow_groups",
    "USER_PERMISSIONS_ACCESS_GRANTS_ALLOW_USERS": "access_grants.allow_users",
    "USER_PERMISSIONS_CALENDAR_ALLOW_PUBLIC_SHARING": "sharing.public_calendars",
    "USER_PERMISSIONS_CHAT_ALLOW_OPEN_SHARING": "sharing.open_chats",
    "USER_PERMISSIONS_CHAT_ALLOW_PUBLIC_SHARING": "sharing.public_chats",
    "USER_PERMISSIONS_CHAT_CALL": "chat.call",
    "USER_PERMISSIONS_CHAT_CONTINUE_RESPONSE": "chat.continue_response",
    "USER_PERMISSIONS_CHAT_CONTROLS": "chat.controls",
    "USER_PERMISSIONS_CHAT_DELETE": "chat.delete",
    "USER_PERMISSIONS_CHAT_DELETE_MESSAGE": "chat.delete_message",
    "USER_PERMISSIONS_CHAT_EDIT": "chat.edit",
    "USER_PERMISSIONS_CHAT_EXPORT": "chat.export",
    "USER_PERMISSIONS_CHAT_FILE_UPLOAD": "chat.file_upload",
    "USER_PERMISSIONS_CHAT_IMPORT": "chat.import",
    "USER_PERMISSIONS_CHAT_MULTIPLE_MODELS": "chat.multiple_models",
    "USER_PERMISSIONS_CHAT_PARAMS": "chat.params",
    "USER_PERMISSIONS_CHAT_RATE_RESPONSE": "chat.rate_response",
    "USER_PERMISSIONS_CHAT_REGENERATE_RESPONSE": "chat.regenerate_response",
    "USER_PERMISSIONS_CHAT_SHARE": "chat.share",
    "USER_PERMISSIONS_CHAT_STT": "chat.stt",
    "USER_PERMISSIONS_CHAT_SYSTEM_PROMPT": "chat.system_prompt",
    "USER_PERMISSIONS_CHAT_TEMPORARY": "chat.temporary",
    "USER_PERMISSIONS_CHAT_TEMPORARY_ENFORCED": "chat.temporary_enforced",
    "USER_PERMISSIONS_CHAT_TTS": "chat.tts",
    "USER_PERMISSIONS_CHAT_VALVES": "chat.valves",
    "USER_PERMISSIONS_CHAT_WEB_UPLOAD": "chat.web_upload",
    "USER_PERMISSIONS_FEATURES_API_KEYS": "features.api_keys",
    "USER_PERMISSIONS_FEATURES_AUTOMATIONS": "features.automations",
    "USER_PERMISSIONS_FEATURES_CALENDAR": "features.calendar",
    "USER_PERMISSIONS_FEATURES_CHANNELS": "features.channels",
    "USER_PERMISSIONS_FEATURES_CODE_INTERPRETER": "features.code_interpreter",
    "USER_PERMISSIONS_FEATURES_DIRECT_TOOL_SERVERS": "features.direct_tool_servers",
    "USER_PERMISSIONS_FEATURES_ENCRYPTED_CHANNELS": "features.encrypted_channels",
    "USER_PERMISSIONS_FEATURES_FOLDERS": "features.folders",
    "USER_PERMISSIONS_FEATURES_IMAGE_GENERATION": "features.image_generation",
    "USER_PERMISSIONS_FEATURES_MEMORIES": "features.memories",
    "USER_PERMISSIONS_FEATURES_NOTES": "features.notes",
    "USER_PERMISSIONS_FEATURES_USER_WEBHOOKS": "features.webhooks",
    "USER_PERMISSIONS_FEATURES_WEB_SEARCH": "features.web_search",
    "USER_PERMISSIONS_FOLDERS_ALLOW_SHARING": "sharing.folders",
    "USER_PERMISSIONS_NOTES_ALLOW_PUBLIC_SHARING": "sharing.public_notes",
    "USER_PERMISSIONS_NOTES_ALLOW_SHARING": "sharing.notes",
    "USER_PERMISSIONS_SETTINGS_INTERFACE": "settings.interface",
    "USER_PERMISSIONS_WORKSPACE_KNOWLEDGE_ACCESS": "workspace.knowledge",
    "USER_PERMISSIONS_WORKSPACE_KNOWLEDGE_ALLOW_PUBLIC_SHARING": "sharing.public_knowledge",
    "USER_PERMISSIONS_WORKSPACE_KNOWLEDGE_ALLOW_SHARING": "sharing.knowledge",
    "USER_PERMISSIONS_WORKSPACE_MODELS_ACCESS": "workspace.models",
    "USER_PERMISSIONS_WORKSPACE_MODELS_ALLOW_PUBLIC_SHARING": "sharing.public_models",
    "USER_PERMISSIONS_WORKSPACE_MODELS_ALLOW_SHARING": "sharing.models",
    "USER_PERMISSIONS_WORKSPACE_MODELS_EXPORT": "workspace.models_export",
    "USER_PERMISSIONS_WORKSPACE_MODELS_HIDDEN": "workspace.models_hidden",
    "USER_PERMISSIONS_WORKSPACE_MODELS_IMPORT": "workspace.models_import",
    "USER_PERMISSIONS_WORKSPACE_PROMPTS_ACCESS": "workspace.prompts",
    "USER_PERMISSIONS_WORKSPACE_PROMPTS_ALLOW_PUBLIC_SHARING": "sharing.public_prompts",
    "USER_PERMISSIONS_WORKSPACE_PROMPTS_ALLOW_SHARING": "sharing.prompts",
    "USER_PERMISSIONS_WORKSPACE_PROMPTS_EXPORT": "workspace.prompts_export",
    "USER_PERMISSIONS_WORKSPACE_PROMPTS_IMPORT": "workspace.prompts_import",
    "USER_PERMISSIONS_WORKSPACE_SKILLS_ACCESS": "workspace.skills",
    "USER_PERMISSIONS_WORKSPACE_SKILLS_ALLOW_PUBLIC_SHARING": "sharing.public_skills",
    "USER_PERMISSIONS_WORKSPACE_SKILLS_ALLOW_SHARING": "sharing.skills",
    "USER_PERMISSIONS_WORKSPACE_SKILLS_EXPORT": "workspace.skills_export",
    "USER_PERMISSIONS_WORKSPACE_SKILLS_IMPORT": "workspace.skills_import",
    "USER_PERMISSIONS_WORKSPACE_TOOLS_ACCESS": "workspace.tools",
    "USER_PERMISSIONS_WORKSPACE_TOOLS_ALLOW_PUBLIC_SHARING": "sharing.public_tools",
    "USER_PERMISSIONS_WORKSPACE_TOOLS_ALLOW_SHARING": "sharing.tools",
    "USER_PERMISSIONS_WORKSPACE_TOOLS_EXPORT": "workspace.tools_export",
    "USER_PERMISSIONS_WORKSPACE_TOOLS_IMPORT": "workspace.tools_import",
}
"""Environment variable to leaf: what seeds the tree."""


def seeded(environ: Mapping[str, str]) -> dict[str, Any]:
    """The default tree as the environment has it. Raises `ValueError` for a value that is no flag."""
    tree = {branch: dict(leaves) for branch, leaves in PERMISSIONS.items()}
    for name, path in VARIABLES.items():
        if environ.get(name, "") != "":
            branch, leaf = path.split(".")
            tree[branch][leaf] = flag(environ[name])
    return tree
