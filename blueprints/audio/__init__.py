"""Audio: so far the settings of the admin page."""

from blueprints.audio.routes_config import area

__all__ = ["area"]
