"""The API areas. `AREAS` lists all; each package exports `area` and, where it hears sockets, `listen`."""

import importlib

AREAS = (
    "anthropic",
    "audio",
    "auths",
    "automations",
    "calendars",
    "channels",
    "chats",
    "completions",
    "configs",
    "evaluations",
    "events",
    "files",
    "folders",
    "functions",
    "groups",
    "health",
    "helpers",
    "images",
    "knowledge",
    "memories",
    "models",
    "notes",
    "ollama",
    "openai",
    "pages",
    "pipelines",
    "prompts",
    "retrieval",
    "search",
    "skills",
    "tasks",
    "terminals",
    "tools",
    "users",
)
LISTENERS = ("sockets",)


def areas() -> list:
    """The blueprints of all areas."""
    return [importlib.import_module(f"blueprints.{name}").area for name in AREAS]


def listeners() -> list:
    """The functions that register Socket.IO handlers."""
    return [importlib.import_module(f"blueprints.{name}").listen for name in LISTENERS]
