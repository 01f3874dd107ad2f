"""Embeddings in the OpenAI format, of any model of the list (providers.md section 9)."""

from flask import g

from blueprints.openai.area import area
from utils.access.roles import verified
from utils.http.parse import takes
from utils.providers import catalog, operations
from utils.providers.context import Context


@area.post("/api/embeddings")
@area.post("/api/v1/embeddings")
@verified
@takes(free=True)
def embed(body):
    return operations.embeddings(catalog.usable(g.user, body.get("model")), body, Context.of_caller())
