"""Prompts that run by the clock."""

from blueprints.automations.routes import area

__all__ = ["area"]
