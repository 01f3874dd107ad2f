"""Pipelines servers and their pipelines; the servers' own answers are passed on."""

import pathlib
from typing import cast

from flask import request
from marshmallow import ValidationError, missing

from blueprints.pipelines import forms
from utils.access.roles import admin
from utils.http.area import Area
from utils.http.errors import Invalid, bad_request
from utils.http.fields import MISSING, Fault
from utils.http.parse import invalid, takes
from utils.providers import pipelines
from utils.providers.context import Context
from utils.providers.operations import segment

area = Area("pipelines", __name__, "/api/v1/pipelines")


def _asked(index, method, path, body=None):
    return pipelines.asked(pipelines.server(index), method, path, Context.of_caller(), body)


@area.get("/list")
@admin
def list_servers():
    return {"data": [{"url": one.url, "idx": one.index} for one in pipelines.servers(Context.of_caller())]}


@area.get("/")
@admin
@takes(query=forms.ServerQuery)
def list_pipelines(query):
    return _asked(query["urlIdx"], "GET", "/pipelines")


@area.post("/upload")
@admin
def upload():
    index, file = _uploaded()
    name = pathlib.PurePath(file.filename or "").name
    if not name.endswith(".py"):
        raise bad_request("A pipeline is a Python file: its name must end in .py.")
    return pipelines.uploaded(pipelines.server(index), name, file.read(), Context.of_caller())


def _uploaded():
    """The number and the file of a form. Raises `Invalid`."""
    faults, index, file = [], None, request.files.get("file")
    try:
        index = forms.INDEX.deserialize(request.form.get("urlIdx", missing))
    except ValidationError as error:
        fault = cast(Fault, error.messages[0])
        faults += invalid(fault.type, ["body", "urlIdx"], fault.message, request.form.get("urlIdx")).detail
    if file is None:
        text = request.form.get("file")
        if text is None:
            faults += invalid(MISSING.type, ["body", "file"], MISSING.message, None).detail
        else:
            faults += invalid("value_error", ["body", "file"], "A file is expected.", text, {"error": {}}).detail
    if faults:
        raise Invalid(faults)
    return index, file


@area.post("/add")
@admin
@takes(body=forms.AddForm)
def add(body):
    return _asked(body["urlIdx"], "POST", "/pipelines/add", {"url": body["url"]})


@area.delete("/delete")
@admin
@takes(body=forms.DeleteForm)
def delete(body):
    return _asked(body["urlIdx"], "DELETE", "/pipelines/delete", {"id": body["id"]})


@area.get("/<pipeline_id>/valves")
@admin
@takes(query=forms.PipelineQuery)
def valves(pipeline_id, query):
    return _asked(query["urlIdx"], "GET", f"/{segment(pipeline_id)}/valves")


@area.get("/<pipeline_id>/valves/spec")
@admin
@takes(query=forms.PipelineQuery)
def valves_spec(pipeline_id, query):
    return _asked(query["urlIdx"], "GET", f"/{segment(pipeline_id)}/valves/spec")


@area.post("/<pipeline_id>/valves/update")
@admin
@takes(query=forms.PipelineQuery, free=True)
def update_valves(pipeline_id, query, body):
    return _asked(query["urlIdx"], "POST", f"/{segment(pipeline_id)}/valves/update", body)
