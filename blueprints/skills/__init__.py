"""Skills."""

from blueprints.skills.routes import area

__all__ = ["area"]
