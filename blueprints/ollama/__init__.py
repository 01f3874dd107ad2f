"""Ollama hosts: their configuration, their models, and the proxy to them."""

from blueprints.ollama import routes_config, routes_files, routes_manage, routes_openai, routes_proxy  # noqa: F401 - their routes
from blueprints.ollama.area import area

__all__ = ["area"]
