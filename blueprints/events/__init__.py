"""What happens on the server, for webhooks."""

from blueprints.events.routes import area

__all__ = ["area"]
