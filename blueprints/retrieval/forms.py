"""What the retrieval area takes in."""

from typing import Any

from utils.http.fields import Nested, String
from utils.settings import pages_retrieval

_SECTION: dict[str, Any] = {"allow_none": True, "load_default": None}

EmbeddingForm = pages_retrieval.EMBEDDING.form(
    openai_config=_SECTION, ollama_config=_SECTION, azure_openai_config=_SECTION
)
_Documents: Any = pages_retrieval.DOCUMENTS.form()
_web: Any = pages_retrieval.WEB.form(web=_SECTION)().fields["web"]
_Web: Any = _web.form


class WebPart(_Web):
    """Part `web`; the language that videos are translated into is the process's own (observed)."""

    YOUTUBE_LOADER_TRANSLATION = String(allow_none=True)


class DocumentsForm(_Documents):
    web = Nested(WebPart, allow_none=True, load_default=None)
