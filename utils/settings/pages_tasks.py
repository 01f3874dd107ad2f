"""Admin page Interface → Tasks: which model does the small tasks, with which prompts (config.tsv)."""

from typing import Any

from utils.http.fields import Integer, Object
from utils.settings import keys
from utils.settings.panel import Panel, row, rows


class _Unlimited(Integer):
    """A bound that null takes away (-1)."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        return -1 if value is None else super().deserialize(value, attr, data, **kwargs)


TASKS = Panel(
    {
        "TASK_MODEL": row(keys.TASK_MODEL, required=True, allow_none=True),
        "TASK_MODEL_EXTERNAL": row(keys.TASK_MODEL_EXTERNAL, required=True, allow_none=True),
        "TASK_MODEL_PARAMS": (keys.TASK_MODEL_PARAMS, Object(allow_none=True, load_default=None)),
        **rows(
            keys,
            "ENABLE_TITLE_GENERATION TITLE_GENERATION_PROMPT_TEMPLATE IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE "
            "ENABLE_AUTOCOMPLETE_GENERATION",
            required=True,
        ),
        "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": (
            keys.AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH,
            _Unlimited(allow_none=True, load_default=-1),
        ),
        **rows(
            keys,
            "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE TAGS_GENERATION_PROMPT_TEMPLATE "
            "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE ENABLE_FOLLOW_UP_GENERATION ENABLE_TAGS_GENERATION "
            "ENABLE_SEARCH_QUERY_GENERATION ENABLE_RETRIEVAL_QUERY_GENERATION QUERY_GENERATION_PROMPT_TEMPLATE "
            "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE ENABLE_VOICE_MODE_PROMPT",
            required=True,
        ),
        "VOICE_MODE_PROMPT_TEMPLATE": row(keys.VOICE_MODE_PROMPT_TEMPLATE, required=True, allow_none=True),
    }
)
