"""Uploaded files."""

from blueprints.files.routes import area

__all__ = ["area"]
