"""Images: so far the settings of the admin page."""

from blueprints.images.routes_config import area

__all__ = ["area"]
