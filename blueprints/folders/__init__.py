"""Folders of chats: projects with instructions and files, shared with others."""

from blueprints.folders.routes import area

__all__ = ["area"]
