"""Feedback on replies, and what follows from it."""

from blueprints.evaluations import routes_config, routes_results
from blueprints.evaluations.area import area

__all__ = ["area", "routes_config", "routes_results"]
