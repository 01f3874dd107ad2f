"""Groups of users, their hierarchy and members."""

from blueprints.groups.routes import area

__all__ = ["area"]
