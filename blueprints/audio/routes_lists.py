"""Which voices and models the configured engine has to read aloud with."""

from blueprints.audio.routes_config import area
from utils.access.roles import verified
from utils.providers import voices


@area.get("/models")
@verified
def models():
    return {"models": voices.models()}


@area.get("/voices")
@verified
def list_voices():
    return {"voices": voices.voices()}
