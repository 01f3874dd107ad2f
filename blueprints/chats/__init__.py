"""Chats: lists, one chat, its messages, tags, sharing, import and export, statistics."""

from blueprints.chats import (
    routes_copies,
    routes_lists,
    routes_messages,
    routes_one,
    routes_share,
    routes_stats,
    routes_tags,
    routes_transfer,
)
from blueprints.chats.area import area

__all__ = [
    "area",
    "routes_copies",
    "routes_lists",
    "routes_messages",
    "routes_one",
    "routes_share",
    "routes_stats",
    "routes_tags",
    "routes_transfer",
]
