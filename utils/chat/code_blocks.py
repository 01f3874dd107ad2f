"""Code that a model writes to be run: blocks in its text, or calls of `execute_code` (chat.md 4.5, 6.6).

It runs in the page of the person who asks (engine pyodide), or on a Jupyter server.
"""

import re
import secrets
import time
import uuid
from typing import Any

from utils.access import permissions
from utils.chat import images
from utils.chat.tools.tool import Calling
from utils.chat.turn import Turn
from utils.providers import jupyter
from utils.providers.catalog import Model
from utils.realtime import calls
from utils.settings import environment, keys
from utils.settings.setting import read

Item = dict[str, Any]

TYPE = "open_webui:code_interpreter"
TAG = ("<code_interpreter", "</code_interpreter>")
"""The start tag is read up to its attributes."""
MOST_RUNS = 5

FEATURE = "code_interpreter"
_PYODIDE, _JUPYTER = "pyodide", "jupyter"
_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)\s*=\s*"([^"]*)"')
_PICTURE_LINE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")
_LONGEST_OUTPUT = 2**20

PROMPT = """
## Running Python

Whenever a calculation, data or a chart would make the answer better, write Python inside
<code_interpreter type="code" lang="python"> and </code_interpreter>, and end your message right after the closing tag.
The code is run and you are given what it printed; then go on with the answer. Print all that you want to see. No
markdown fences inside the tags. Show addresses of pictures or files in the output unchanged. If the code fails, mend it
and run it again. Write to the user in the language of the chat."""

_SURROUNDINGS = """
## Where Python runs

Python runs in the browser, with the packages that Pyodide brings; none can be installed and no process started.
Files that the user added lie in /mnt/uploads/. Files written there can be downloaded by the user and stay until the
session ends."""

_REFUSAL = """
def _refuse(modules):
    import builtins
    ordinary = getattr(builtins.__import__, "ordinary", builtins.__import__)
    def checked(name, globals=None, locals=None, fromlist=(), level=0):
        own = globals is None or globals.get("__name__") == "__main__"
        if own and level == 0 and name.partition(".")[0] in modules:
            raise ImportError(f"The module {{name}} may not be used here.")
        return ordinary(name, globals, locals, fromlist, level)
    checked.ordinary = ordinary
    builtins.__import__ = checked
_refuse({modules})
del _refuse

"""
"""Goes before the code where the operator refuses modules. It keeps models on their way; no sandbox."""


# -- whether, and what the model is told


def wanted(turn: Turn, model: Model) -> bool:
    """Whether the request asks for it, and the server, the model and the user's permissions have it."""
    features = turn.body.get("features")
    if not isinstance(features, dict) or not features.get(FEATURE) or model.capabilities.get(FEATURE) is False:
        return False
    enabled, engine = read(keys.ENABLE_CODE_INTERPRETER, keys.CODE_INTERPRETER_ENGINE)
    return bool(enabled) and engine in (_PYODIDE, _JUPYTER) and permissions.allows(turn.user, f"features.{FEATURE}")


def instructions() -> str:
    """What a model is told that writes its code into the text."""
    return "\n".join(one for one in (keys.CODE_INTERPRETER_PROMPT_TEMPLATE.get() or PROMPT, surroundings()) if one)


def surroundings() -> str:
    """What a model is told of the place where the code runs; nothing of a Jupyter server."""
    return "" if keys.CODE_INTERPRETER_ENGINE.get() == _JUPYTER else _SURROUNDINGS


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
    """Runs `code`: `{stdout, stderr, result}`; what hinders it is an error text in `stderr`. Pictures among
    the lines are kept as files, and shown by Markdown."""
    fence = _FENCE.match(code)
    code = fence[1] if fence else code
    if modules := environment.current().blocked_modules:
        code = _REFUSAL.format(modules=repr(modules)) + code
    if keys.CODE_INTERPRETER_ENGINE.get() == _JUPYTER:
        said: dict[str, Any] = dict(jupyter.execute(jupyter.interpreter(), code, calling.task))
    else:
        said = _in_the_page(calling, code)
    return {key: _shown(calling, value) if key != "stderr" else value for key, value in said.items()}


def _shown(calling: Calling, value: Any) -> Any:
    if not isinstance(value, str) or "data:image/" not in value:
        return value
    lines = [_kept(calling, line) if _PICTURE_LINE.fullmatch(line.strip()) else line for line in value.split("\n")]
    return "\n".join(lines)


def _kept(calling: Calling, line: str) -> str:
    address = images.kept(calling.turn, calling.target, line.strip())
    return line if address.startswith("data:") else f"![Output Image]({address})"


def _in_the_page(calling: Calling, code: str) -> dict[str, Any]:
    turn = calling.turn
    data = {
        "id": str(uuid.uuid4()),
        "code": code,
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
