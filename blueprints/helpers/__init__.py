"""Small helpers of the pages: a picture by e-mail address, a copy of the database."""

from blueprints.helpers.routes import area

__all__ = ["area"]
