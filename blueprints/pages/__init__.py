"""What the frontend asks about the server itself."""

from blueprints.pages.routes import area

__all__ = ["area"]
