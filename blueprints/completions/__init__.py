"""Chat completions, and the turns that run."""

from blueprints.completions.routes import area

__all__ = ["area"]
