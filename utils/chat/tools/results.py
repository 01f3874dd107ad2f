"""What a tool returned, as the model and the page are told (chat.md section 6.2, point 4)."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from utils.chat.tools.tool import Returned

_PICTURE = re.compile(r"data:image/(?!svg)[\w.+-]+;base64,[A-Za-z0-9+/=\s]+")
_FAILED_STARTS = ("error:", "exception:", "traceback", "http error!")
_LONGEST = 2**22


@dataclass
class Result:
    """`text` for the model; `pictures` (data URIs) beside it; `embeds` are pages shown to the user."""

    text: str
    failed: bool = False
    pictures: list[str] = field(default_factory=list)
    embeds: list[str] = field(default_factory=list)


def of(name: str, returned: Any) -> Result:
    """The result of a call of tool `name`; a tool of this process that returns nothing has failed."""
    if returned is None:
        return Result("Error: the tool gave no result. Check its arguments and try again.", failed=True)
    if not isinstance(returned, Returned):
        return _of_value(name, returned)
    kind = returned.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "text/html" and "inline" in returned.headers.get("content-disposition", ""):
        return _page(name, _text(returned.value))
    if isinstance(returned.value, bytes):
        picture = f"data:{kind};base64,{base64.b64encode(returned.value).decode()}"
        return _of_value(name, picture if kind.startswith("image/") else returned.value.decode("utf-8", "replace"))
    return Result("") if returned.value is None else _of_value(name, returned.value)


def failure(text: str) -> Result:
    """A call that raised: its text as an object."""
    return Result(json.dumps({"error": text}, indent=2, ensure_ascii=False), failed=True)


def _page(name: str, page: str) -> Result:
    said = {"status": "success", "code": "ui_component", "message": f"{name}: the page is shown to the user."}
    return Result(json.dumps(said, indent=2), embeds=[page])


def _of_value(name: str, value: Any) -> Result:
    pictures: list[str] = []
    value = _without_pictures(value, pictures)
    if value is None and pictures:
        return Result(f"{name}: a picture was returned.", pictures=pictures)
    text = _text(value)[:_LONGEST]
    return Result(text, is_failure(text), pictures)


def _without_pictures(value: Any, found: list[str]) -> Any:
    """`value` with its pictures moved to `found`; None where nothing else is left."""
    if isinstance(value, str):
        if value.startswith("data:image/") and _PICTURE.fullmatch(value):
            found.append(value)
            return None
        return value
    if isinstance(value, list):
        kept = [one for one in value if not (isinstance(one, str) and _without_pictures(one, found) is None)]
        return kept or (None if found else kept)
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = {"results": value}
    if isinstance(value, dict):
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return str(value)


def is_failure(text: str) -> bool:
    """Whether a result says that the call did not work."""
    start = text.lstrip()[:20].lower()
    if start.startswith(_FAILED_STARTS):
        return True
    if not start.startswith("{"):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if value.get("error") or value.get("status") in ("error", "failed"):
        return True
    return (value.get("success") is False or value.get("ok") is False) and bool(value.get("message"))
