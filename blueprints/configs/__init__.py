"""Settings as a whole, and the pages Connections, Models, Interface, Code execution."""

from blueprints.configs import routes, routes_servers
from blueprints.configs.area import area

__all__ = ["area", "routes", "routes_servers"]
