"""Documents and retrieval: so far the settings of its admin pages."""

from blueprints.retrieval.routes_config import area

__all__ = ["area"]
