"""`execute_code`: Python, run where the server is configured to (chat.md 4.5)."""

from typing import Any

from models import json_codec
from utils.chat import code_blocks
from utils.chat.tools.tool import Calling, Tool, ToolFailed


def _execute(calling: Calling, arguments: dict[str, Any]) -> str:
    code = arguments.get("code")
    if not isinstance(code, str) or not code.strip():
        raise ToolFailed("code must be a text.")
    said = code_blocks.execute(calling, code)
    shown = {key: code_blocks.without_pictures(v) if isinstance(v, str) else v for key, v in said.items()}
    return json_codec.dumps({"status": "success", **shown})


TOOL = Tool(
    "execute_code",
    {
        "name": "execute_code",
        "description": (
            "Runs Python apart from everything else and gives back what it printed, its errors and its last value. "
            "For calculations, work on data, charts."
        ),
        "parameters": {
            "properties": {"code": {"description": "The Python to run.", "type": "string"}},
            "required": ["code"],
            "type": "object",
        },
    },
    _execute,
)
