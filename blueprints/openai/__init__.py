"""OpenAI-type providers: their configuration, and the raw proxy to them."""

from blueprints.openai import routes_config, routes_embeddings, routes_manage, routes_proxy  # noqa: F401 - their routes
from blueprints.openai.area import area

__all__ = ["area"]
