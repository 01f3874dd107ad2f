"""Uploaded files."""

from blueprints.files import routes_content, routes_list, routes_one  # noqa: F401 - their routes
from blueprints.files.area import area

__all__ = ["area"]
