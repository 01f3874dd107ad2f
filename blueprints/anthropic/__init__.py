"""The API of Anthropic's clients: messages and token counts, for every model of the list."""

from blueprints.anthropic.routes import area

__all__ = ["area"]
