"""Calendars."""

from blueprints.calendars.routes import area

__all__ = ["area"]
