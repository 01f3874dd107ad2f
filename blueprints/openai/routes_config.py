"""Connections to OpenAI-type providers: configuration and a trial call."""

from typing import Any

from blueprints.openai import forms
from blueprints.openai.area import area
from utils.access.roles import admin
from utils.http.parse import takes
from utils.providers import lists, operations
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.settings import keys
from utils.settings.setting import read, save

_KEYS = {
    "ENABLE_OPENAI_API": keys.ENABLE_OPENAI_API,
    "OPENAI_API_BASE_URLS": keys.OPENAI_API_BASE_URLS,
    "OPENAI_API_KEYS": keys.OPENAI_API_KEYS,
    "OPENAI_API_CONFIGS": keys.OPENAI_API_CONFIGS,
}


@area.get("/openai/config")
@admin
def get_config():
    return dict(zip(_KEYS, read(*_KEYS.values()), strict=True))


@area.post("/openai/config/update")
@admin
@takes(body=forms.ConfigForm)
def update_config(body):
    urls = body["OPENAI_API_BASE_URLS"]
    body["OPENAI_API_KEYS"] = (body["OPENAI_API_KEYS"] + [""] * len(urls))[: len(urls)]
    wanted = {str(index) for index in range(len(urls))}
    body["OPENAI_API_CONFIGS"] = {key: one for key, one in body["OPENAI_API_CONFIGS"].items() if key in wanted}
    # a switch that was not sent stays as it is
    save({_KEYS[name]: value for name, value in body.items() if value is not None})
    lists.forget()
    return get_config()


@area.post("/openai/verify")
@admin
@takes(body=forms.VerifyForm)
def verify(body):
    config: dict[str, Any] = body["config"] or {}
    used = Connection("openai", 0, body["url"].rstrip("/"), body["key"], config)
    path = "/models"
    if used.is_azure:
        path = f"/openai/models?api-version={config.get('api_version') or '2023-03-15-preview'}"
    return operations.asked(used, "GET", path, Context.of_caller(), seconds=10)
