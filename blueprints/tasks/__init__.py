"""Small tasks for a model, and their settings."""

from blueprints.tasks.routes import area

__all__ = ["area"]
