"""The API areas. `AREAS` lists all; each package exports `area` and, where it hears sockets, `listen`."""

import importlib

AREAS = (
    "auths",
    "chats",
    "completions",
    "configs",
    "folders",
    "groups",
    "health",
    "models",
    "ollama",
    "openai",
    "pages",
    "users",
)
LISTENERS = ("sockets",)


def areas() -> list:
    """The blueprints of all areas."""
    return [importlib.import_module(f"blueprints.{name}").area for name in AREAS]


def listeners() -> list:
    """The functions that register Socket.IO handlers."""
    return [importlib.import_module(f"blueprints.{name}").listen for name in LISTENERS]
