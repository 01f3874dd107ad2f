"""Channels."""

from blueprints.channels.routes import area

__all__ = ["area"]
