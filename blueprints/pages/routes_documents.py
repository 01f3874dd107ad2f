"""Documents that are made or kept here: the web manifest, OpenSearch, the changelog, files of the cache."""

import os
import pathlib

from flask import Response, current_app, jsonify
from werkzeug.exceptions import NotFound

from blueprints.pages import documents
from blueprints.pages.routes import area
from utils.access.roles import public, verified
from utils.http import files, openapi
from utils.http.errors import not_found
from utils.settings import environment, keys

_SHOWN = ("image/", "audio/", "video/")


@area.get("/manifest.json")
@public
def manifest():
    return documents.manifest(environment.current().webui_name)


@area.get("/opensearch.xml")
@public
def opensearch():
    text = documents.opensearch(environment.current().webui_name, keys.WEBUI_URL.get() or "")
    return Response(text, content_type="application/xml")


@area.get("/api/changelog")
@public
def changelog():
    return jsonify(documents.changelog(pathlib.Path(current_app.root_path) / "CHANGELOG.md"))


@area.get("/cache/<path:path>")
@verified
def cached(path):
    found = files.within(os.path.realpath(environment.current().data_dir / "cache"), path)
    if found is None:
        raise not_found("There is no such file.")
    response = files.send(found, conditional=False)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not (response.content_type or "").startswith(_SHOWN):
        response.headers.set("Content-Disposition", "attachment", filename=pathlib.PurePath(found.path).name)
    return response


@area.get("/openapi.json")
@public
def described():
    if environment.current().env != "dev":
        raise NotFound
    return openapi.describe(current_app)
