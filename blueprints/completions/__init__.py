"""Chat completions, and the turns that run."""

from blueprints.completions import routes_replies
from blueprints.completions.routes import area

__all__ = ["area", "routes_replies"]
