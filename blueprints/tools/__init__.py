"""Workspace tools."""

from blueprints.tools.routes import area

__all__ = ["area"]
