"""Notes."""

from blueprints.notes.routes import area

__all__ = ["area"]
