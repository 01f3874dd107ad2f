"""The search of the sidebar: operators, words, and the piece of text around what was found.

Operators: tag:, folder:, pinned:, archived:, shared:; `tag:none` finds chats without tags. A word that
is none of them is looked for as it is.
"""

import re
from typing import Any

from models import chat_search, folder_tree, json_codec
from models.chat_search import Wanted
from models.chats import Tag

_FLAGS = {"true": True, "false": False}
_OPERATORS = ("tag:", "folder:", "pinned:", "archived:", "shared:")
_BEFORE, _AFTER = 100, 100


def parse(user_id: str, text: str) -> Wanted:
    """What a search text asks for."""
    wanted = Wanted()
    folders: list[str] = []
    for part in text.split():
        name, _, value = part.partition(":")
        if not part.lower().startswith(_OPERATORS):
            wanted.words.append(part.strip('"') or part)
        elif name.lower() == "tag":
            wanted.tag_ids.append(Tag.id_of(value))
        elif name.lower() == "folder":
            folders.append(value)
        elif value.lower() in _FLAGS:
            setattr(wanted, name.lower(), _FLAGS[value.lower()])
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
    """The rows of a page of the user's chats that fit, with `snippet`."""
    wanted = parse(user_id, text)
    rows = chat_search.find(user_id, wanted, max(page, 1))
    ids = [row["id"] for row in rows]
    # a message with the words as they were asked comes before one with any of them
    found = chat_search.hits(ids, wanted.words) | chat_search.hits(ids, [" ".join(wanted.words)])
    for row in rows:
        hit = found.get(row["id"])
        row["snippet"] = snippet(plain(hit[1]), wanted.words) if hit else None
    return rows


def plain(content: str | None) -> str | None:
    """The text of a message's content, which is a JSON text; of parts, none."""
    value = json_codec.loads(content) if content else None
    return value if isinstance(value, str) else None


def snippet(text: str | None, words: list[str]) -> str | None:
    """The piece of `text` around the first of the words found in it, with dots where it was cut."""
    if text is None:
        return None
    folded = text.casefold()
    places = [place for word in [*words, *_tokens(words)] if (place := folded.find(word.casefold())) >= 0]
    if not places:
        return None
    place = places[0]
    begin, end = max(place - _BEFORE, 0), min(place + _AFTER, len(text))
    return ("..." if begin else "") + text[begin:end] + ("..." if end < len(text) else "")


def _tokens(words: list[str]) -> list[str]:
    """The plain pieces of words that hold quotes or other marks."""
    return [piece for word in words for piece in re.findall(r"[A-Za-z0-9_]+", word)]
