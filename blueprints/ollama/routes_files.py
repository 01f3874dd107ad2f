"""Model files: from an address or from the browser to an Ollama host, with progress as it goes."""

from flask import request

from blueprints.ollama import forms, hosts
from blueprints.ollama.area import area
from utils.access.roles import admin
from utils.http.errors import bad_request
from utils.http.parse import invalid, takes
from utils.http.stream import lines
from utils.providers import ollama_files, operations
from utils.providers.context import Context

_INDEX = ("url_idx",)


@area.post("/ollama/models/download")
@area.post("/ollama/models/download/<url_idx>")
@admin
@takes(body=forms.UrlForm, query=forms.IndexQuery, numbers=_INDEX)
def download_file(body, query, url_idx=None):
    used = operations.connection("ollama", hosts.index_of(url_idx, query) or 0)
    if not ollama_files.is_allowed(body["url"]):
        raise bad_request("Model files are only fetched from huggingface.co and github.com.")
    name = ollama_files.file_name(body["url"])
    if not name:
        raise bad_request("This address does not name a file.")
    return lines(ollama_files.fetched(used, Context.of_caller(), body["url"], name), "text/event-stream")


@area.before_request
def lift_limit():
    """Model files have gigabytes; only administrators get to the view, and the body goes to disk."""
    if request.path.startswith("/ollama/models/upload"):
        request.max_content_length = None


@area.post("/ollama/models/upload")
@area.post("/ollama/models/upload/<url_idx>")
@admin
@takes(query=forms.IndexQuery, numbers=_INDEX)
def upload_file(query, url_idx=None):
    used = operations.connection("ollama", hosts.index_of(url_idx, query) or 0)
    sent = request.files.get("file")
    if sent is None:
        raise invalid("missing", ["body", "file"], "This field is required.", None)
    name = ollama_files.file_name(sent.filename or "")
    if not name:
        raise bad_request("The file needs a name.")
    kept = ollama_files.kept(sent.stream)
    return lines(ollama_files.handed_over(used, Context.of_caller(), kept, name), "text/event-stream")
