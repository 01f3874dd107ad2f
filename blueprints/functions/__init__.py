"""Functions: pipes, filters and actions."""

from blueprints.functions.routes import area

__all__ = ["area"]
