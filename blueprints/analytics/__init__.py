"""Analytics: who used which models, for administrators. Registered unless ENABLE_ADMIN_ANALYTICS is false."""

from blueprints.analytics.routes import area

__all__ = ["area"]
