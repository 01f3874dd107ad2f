"""Connections to Ollama hosts: state, configuration and a trial call."""

from blueprints.ollama import forms
from blueprints.ollama.area import area
from utils.access.roles import admin, public
from utils.http.parse import takes
from utils.providers import lists, operations
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.errors import ProviderError
from utils.settings import keys
from utils.settings.setting import read, save

_KEYS = {
    "ENABLE_OLLAMA_API": keys.ENABLE_OLLAMA_API,
    "OLLAMA_BASE_URLS": keys.OLLAMA_BASE_URLS,
    "OLLAMA_API_CONFIGS": keys.OLLAMA_API_CONFIGS,
}


@area.route("/ollama/", methods=["GET", "HEAD"])
@public
def status():
    return {"status": True}


@area.get("/ollama/config")
@admin
def get_config():
    return dict(zip(_KEYS, read(*_KEYS.values()), strict=True))


@area.post("/ollama/config/update")
@admin
@takes(body=forms.ConfigForm)
def update_config(body):
    wanted = {str(index) for index in range(len(body["OLLAMA_BASE_URLS"]))}
    body["OLLAMA_API_CONFIGS"] = {key: one for key, one in body["OLLAMA_API_CONFIGS"].items() if key in wanted}
    # a switch that was not sent stays as it is
    save({_KEYS[name]: value for name, value in body.items() if value is not None})
    lists.forget()
    return get_config()


@area.post("/ollama/verify")
@admin
@takes(body=forms.VerifyForm)
def verify(body):
    used = Connection("ollama", 0, body["url"].rstrip("/"), body["key"] or "", body["config"] or {})
    try:
        return operations.asked(used, "GET", "/api/version", Context.of_caller(), seconds=10)
    except ProviderError as error:
        raise operations.no_answer() from error
