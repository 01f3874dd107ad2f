"""Code that a model writes to be run: blocks in its text, or calls of `execute_code` (chat.md 4.5, 6.6).

It runs in the page of the person who asks (engine pyodide).
"""

import re
import secrets
import time
import uuid
from typing import Any

from utils.access import permissions
from utils.chat.tools.tool import Calling
from utils.chat.turn import Turn
from utils.providers.catalog import Model
from utils.realtime import calls
from utils.settings import keys
from utils.settings.setting import read

Item = dict[str, Any]

TYPE = "open_webui:code_interpreter"
TAG = ("<code_interpreter", "</code_interpreter>")
"""The start tag is read up to its attributes."""
MOST_RUNS = 5

FEATURE = "code_interpreter"
_PYODIDE = "pyodide"
_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)\s*=\s*"([^"]*)"')
_PICTURE_LINE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")
_LONGEST_OUTPUT = 2**20

PROMPT = """
## Running Python

Whenever a calculation, data or a chart would make the answer better, write Python inside
<code_interpreter type="code" lang="python"> and </code_interpreter>, and end your message right after the closing tag.
The code runs in the user's browser and you are given what it printed; then go on with the answer. Print all that you
want to see. No markdown fences inside the tags. Show addresses of pictures or files in the output unchanged. If the
code fails, mend it and run it again. Write to the user in the language of the chat."""

SURROUNDINGS = """
## Where Python runs

Python runs in the browser, with the packages that Pyodide brings; none can be installed and no process started.
Files that the user added lie in /mnt/uploads/. Files written there can be downloaded by the user and stay until the
session ends."""


# -- whether, and what the model is told


def wanted(turn: Turn, model: Model) -> bool:
    """Whether the request asks for it, and the server, the model and the user's permissions have it."""
    features = turn.body.get("features")
    if not isinstance(features, dict) or not features.get(FEATURE) or model.capabilities.get(FEATURE) is False:
        return False
    enabled, engine = read(keys.ENABLE_CODE_INTERPRETER, keys.CODE_INTERPRETER_ENGINE)
    return bool(enabled) and engine == _PYODIDE and permissions.allows(turn.user, f"features.{FEATURE}")


def instructions() -> str:
    """What a model is told that writes its code into the text."""
    return (keys.CODE_INTERPRETER_PROMPT_TEMPLATE.get() or PROMPT) + "\n" + SURROUNDINGS


# -- a block in the stream


def begun() -> Item:
    """The item of a block whose start tag has begun."""
    return {
        "type": TYPE,
        "id": f"ci_{secrets.token_hex(12)}",
        "status": "in_progress",
        "start_tag": "<code_interpreter>",
        "end_tag": TAG[1],
        "attributes": {},
        "lang": "python",
        "code": "",
        "output": None,
        "started_at": time.time(),
    }


def opened(item: Item, head: str) -> tuple[str | None, str]:
    """Reads the rest of the start tag from `head`: (None, the code after it), or (`head`, "") while it goes on."""
    attributes, closed, code = head.partition(">")
    if not closed:
        return head, ""
    item["attributes"] = dict(_ATTRIBUTE.findall(attributes))
    item["lang"] = item["attributes"].get("lang") or "python"
    return None, code


def end(item: Item) -> None:
    """The block is complete, or its stream is over."""
    item["code"] = item["code"].strip()
    item["ended_at"] = time.time()
    item["duration"] = int(item["ended_at"] - item["started_at"])


def waiting(items: list[Item]) -> Item | None:
    """The block at the end of an answer that was not run yet."""
    last: Item = items[-1] if items else {}
    return last if last.get("type") == TYPE and last.get("status") == "in_progress" else None


def run(item: Item, calling: Calling) -> None:
    """Runs a block and notes what came of it; one that is not marked as code is left alone."""
    marked = item["attributes"].get("type") == "code"
    item["output"] = execute(calling, item["code"]) if marked else ""
    item["status"] = "completed"


def as_text(item: Item) -> str:
    """A block and its output as the model is sent them."""
    said = f"<code_interpreter>\n{item.get('code') or ''}\n</code_interpreter>"
    result = item.get("output")
    if isinstance(result, dict):
        result = result.get("stdout") or result.get("result")
    if not result:
        return said
    return f"{said}\n<code_interpreter_output>\n{without_pictures(str(result))}\n</code_interpreter_output>"


# -- running it


def execute(calling: Calling, code: str) -> dict[str, Any]:
    """Has the page run `code`: `{stdout, stderr, result}`; a page that cannot is an error text in `stderr`."""
    turn = calling.turn
    fence = _FENCE.match(code)
    data = {
        "id": str(uuid.uuid4()),
        "code": fence[1] if fence else code,
        "session_id": turn.session_id,
        "files": turn.body.get("files") or None,
    }
    place = (turn.chat_id or "", calling.target.message_id)
    said = calls.ask(turn.session_id, turn.user.id, "execute:python", data, place=place, waiting=calling.task)
    if not isinstance(said, dict):
        return {"stdout": "", "stderr": "", "result": ""}
    if said.get("error"):
        return {"stdout": "", "stderr": _cut(said["error"]), "result": ""}
    return {key: _cut(said.get(key)) for key in ("stdout", "stderr", "result")}


def _cut(value: Any) -> Any:
    return value[:_LONGEST_OUTPUT] if isinstance(value, str) else value


def without_pictures(text: str) -> str:
    """`text` with pictures, which models cannot read as text, named only."""
    return _PICTURE_LINE.sub("[a picture that the user sees]", text)
