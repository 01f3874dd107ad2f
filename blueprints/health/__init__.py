"""Health and readiness."""

from blueprints.health.routes import area

__all__ = ["area"]
