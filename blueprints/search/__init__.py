"""The search across kinds."""

from blueprints.search.routes import area

__all__ = ["area"]
