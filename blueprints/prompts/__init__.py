"""Prompts."""

from blueprints.prompts.routes import area

__all__ = ["area"]
