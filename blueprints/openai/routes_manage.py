"""Models of servers that manage them (llama.cpp, LM Studio): catalog, download, load, unload."""

from flask import Response

from blueprints.openai import forms
from blueprints.openai.area import area
from utils.access.roles import admin
from utils.http.parse import takes
from utils.providers import operations
from utils.providers.context import Context

_INDEX = ("url_idx",)


def _managed(url_idx: int, method: str, path: str, body=None) -> Response:
    used = operations.connection("openai", url_idx)
    return operations.managed(used, method, path, Context.of_caller(), body)


@area.get("/openai/models/<url_idx>/catalog")
@admin
@takes(numbers=_INDEX)
def catalog(url_idx):
    return _managed(url_idx, "GET", "/models")


@area.post("/openai/models/<url_idx>/download")
@admin
@takes(body=forms.OperationForm, numbers=_INDEX)
def download(url_idx, body):
    return _managed(url_idx, "POST", "/models/download", body)


@area.get("/openai/models/<url_idx>/download/status/<job_id>")
@admin
@takes(numbers=_INDEX)
def download_status(url_idx, job_id):
    return _managed(url_idx, "GET", f"/models/download/status/{operations.segment(job_id)}")


@area.post("/openai/models/<url_idx>/load")
@admin
@takes(body=forms.OperationForm, numbers=_INDEX)
def load(url_idx, body):
    return _managed(url_idx, "POST", "/models/load", body)


@area.post("/openai/models/<url_idx>/unload")
@admin
@takes(body=forms.OperationForm, numbers=_INDEX)
def unload(url_idx, body):
    return _managed(url_idx, "POST", "/models/unload", body)


@area.get("/openai/models/<url_idx>/sse")
@admin
@takes(numbers=_INDEX)
def events(url_idx):
    return _managed(url_idx, "GET", "/models/sse")


@area.delete("/openai/models/<url_idx>")
@admin
@takes(query=forms.ModelQuery, numbers=_INDEX)
def delete(url_idx, query):
    return _managed(url_idx, "DELETE", f"/models?model={operations.segment(query['model'])}")
