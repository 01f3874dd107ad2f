"""Audio: the settings of the admin page, and which voices and models there are."""

from blueprints.audio import routes_lists
from blueprints.audio.routes_config import area

__all__ = ["area", "routes_lists"]
