"""Knowledge bases."""

from blueprints.knowledge import routes_external
from blueprints.knowledge.routes import area

__all__ = ["area", "routes_external"]
