"""Terminal servers."""

from blueprints.terminals.routes import area

__all__ = ["area"]
