"""Knowledge bases."""

from blueprints.knowledge.routes import area

__all__ = ["area"]
