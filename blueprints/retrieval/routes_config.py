"""The admin pages Documents and Web search: settings, kept faithfully."""

from blueprints.retrieval import forms
from utils.access.roles import admin
from utils.http.area import Area
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.settings import keys_retrieval
from utils.settings.pages_retrieval import DOCUMENTS, EMBEDDING, EMBEDDING_SECTIONS, LIMITS, WEB
from utils.settings.setting import save

area = Area("retrieval", __name__, "/api/v1/retrieval")

# what the answer to a change leaves out (observed)
_NOT_REPEATED = (
    "DATALAB_MARKER_FORMAT_LINES",
    "ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS",
    "MINERU_FILE_EXTENSIONS",
    "RAG_RERANKING_BATCH_SIZE",
)
_translation: list[str | None] = [None]


@area.get("/config")
@admin
def config():
    shown = {"status": True, **DOCUMENTS.show(), **WEB.show()}
    shown["web"]["YOUTUBE_LOADER_TRANSLATION"] = _translation[0]
    return shown


@area.post("/config/update")
@admin
@takes(body=forms.DocumentsForm)
def update_config(body):
    _check_reranker(body)
    changes = {**DOCUMENTS.changes(body), **WEB.changes(body)}
    for field in LIMITS:
        setting = DOCUMENTS.table[field][0]
        if setting in changes:
            changes[setting] = _limit(changes[setting])
    save(changes)
    if "YOUTUBE_LOADER_TRANSLATION" in (body["web"] or {}):
        _translation[:] = [body["web"]["YOUTUBE_LOADER_TRANSLATION"]]
    shown = {name: value for name, value in config().items() if name not in _NOT_REPEATED}
    del shown["web"]["DDGS_BACKEND"]
    return shown


def _limit(value):
    """A number; None for an empty text, which lifts the limit."""
    if value == "":
        return None
    if not isinstance(value, int):
        raise bad_request("A limit is a whole number, or empty.")
    return value


def _check_reranker(body):
    """There is no reranker in this process: one is asked over HTTP, or none."""
    if not body.get("RAG_RERANKING_MODEL"):
        return
    engine = body.get("RAG_RERANKING_ENGINE")
    if (keys_retrieval.RAG_RERANKING_ENGINE.get() if engine is None else engine) != "external":
        raise bad_request("A reranking model needs the external reranking engine.")


@area.get("/embedding")
@admin
def embedding():
    return {"status": True, **EMBEDDING.show()}


@area.post("/embedding/update")
@admin
@takes(body=forms.EmbeddingForm)
def update_embedding(body):
    engine = body["RAG_EMBEDDING_ENGINE"]
    if engine not in EMBEDDING_SECTIONS:
        raise bad_request("Embeddings are made by openai, ollama or azure_openai.")
    for name, section in EMBEDDING_SECTIONS.items():
        if name != engine:
            body[section] = None
    part = body[EMBEDDING_SECTIONS[engine]]
    if part is not None:
        body[EMBEDDING_SECTIONS[engine]] = {name: value or "" for name, value in part.items()}
    return {"status": True, **EMBEDDING.store(body)}
