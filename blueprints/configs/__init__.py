"""Settings as a whole, and the pages Connections, Models, Interface, Code execution."""

from blueprints.configs.routes import area

__all__ = ["area"]
