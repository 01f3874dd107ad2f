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
    model = catalog.usable(g.user, body.get("model"))
    if model.owned_by == "arena":
        model = catalog.arena_choice(model, g.user)
    return operations.embeddings(model, body, Context.of_caller())
