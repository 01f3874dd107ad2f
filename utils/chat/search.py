"""The search of the sidebar: operators, words, and the piece of text around what was found.

Operators: tag:, folder:, pinned:, archived:, shared:; `tag:none` finds chats without tags. The rest is
split into runs of letters and digits, each of which must be found; where it has none, it is looked for
as it is.
"""

import re
from typing import Any

from models import chat_search, folder_tree, json_codec
from models.chat_search import Wanted
from models.chats import Tag
from models.database import fold

_FLAGS = {"true": True, "false": False}
_OPERATORS = ("tag:", "folder:", "pinned:", "archived:", "shared:")
_BEFORE, _LENGTH = 100, 200
_TOKEN = re.compile(r"[^\W_]+")


def parse(user_id: str, text: str) -> Wanted:
    """What a search text asks for."""
    wanted = Wanted()
    folders: list[str] = []
    words: list[str] = []
    for part in text.split():
        name, _, value = part.partition(":")
        if not part.lower().startswith(_OPERATORS):
            words.append(part)
        elif name.lower() == "tag":
            wanted.tag_ids.append(Tag.id_of(value))
        elif name.lower() == "folder":
            folders.append(value)
        elif value.lower() in _FLAGS:
            # what is asked for both ways is asked for as true
            setattr(wanted, name.lower(), _FLAGS[value.lower()] or getattr(wanted, name.lower()) is True)
    wanted.phrase = " ".join(words)
    wanted.words = _TOKEN.findall(wanted.phrase) or ([wanted.phrase] if words else [])
    if "none" in wanted.tag_ids:
        wanted.without_tags = True
    if folders:
        wanted.folder_ids = _folders(user_id, folders)
    return wanted


def _folders(user_id: str, names: list[str]) -> list[str]:
    """The user's folders of these names, blanks as underscores, and those inside them."""
    asked = {Tag.id_of(name) for name in names}
    found = [row["id"] for row in folder_tree.of_user(user_id) if Tag.id_of(row["name"]) in asked]
    return folder_tree.below(found) if found else []


def chats(user_id: str, text: str, page: int) -> list[dict[str, Any]]:
    """The rows of a page of the user's chats that fit, with `snippet`: those that hold the text as it was asked
    first, then by time."""
    wanted = parse(user_id, text)
    rows = chat_search.find(user_id, wanted, max(page, 1))
    found: dict[str, tuple[str, str]] = {}
    for needle in [wanted.phrase, *wanted.words]:
        found |= chat_search.hits([row["id"] for row in rows if row["id"] not in found], [needle] if needle else [])
    for row in rows:
        hit = found.get(row["id"])
        row["snippet"] = snippet(plain(hit[1]), [wanted.phrase, *wanted.words]) if hit else None
    return rows


def plain(content: str | None) -> str | None:
    """The text of a message's content, which is a JSON text; of parts, none."""
    value = json_codec.loads(content) if content else None
    return value if isinstance(value, str) else None


def snippet(text: str | None, words: list[str]) -> str | None:
    """Some 200 characters of `text` around the first of the words found in it, on one line, with dots where it
    was cut."""
    if text is None:
        return None
    folded = fold(text)
    places = [place for word in words if (place := folded.find(fold(word))) >= 0]
    if not places:
        return None
    begin = max(places[0] - _BEFORE, 0)
    end = begin + _LENGTH
    shown = " ".join(text[begin:end].split())
    return ("..." if begin else "") + shown + ("..." if end < len(text) else "")
