"""The model list, and workspace models."""

from blueprints.models import routes_history, routes_list, routes_one, routes_transfer  # noqa: F401 - their routes
from blueprints.models.area import area

__all__ = ["area"]
