"""What the files of a question hold, as sources for the model (chat.md 4.6, retrieval.md 5).

Each kind of item gives whole texts. Those that would be searched by vectors (files and knowledge bases that are not
sent as a whole) are shortened to what a model can take in; the search joins in `_shortened`, in their place.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models import chat_rows
from models.database import release
from models.files import File
from models.folders import Folder
from models.knowledge import Knowledge, KnowledgeFile
from models.large import aside
from models.notes import Note
from models.users import User
from utils.access import entries, files
from utils.access.permissions import Someone
from utils.access.resources import Resource
from utils.chat import access, history
from utils.chat.sources import Source
from utils.providers import safe_fetch
from utils.retrieval import extract
from utils.settings.keys_retrieval import BYPASS_EMBEDDING_AND_RETRIEVAL

log = logging.getLogger("lightwell.retrieval")

Item = dict[str, Any]

MOST_TEXT = 100_000
"""Signs of all texts of a question together that nobody asked for as a whole."""

_LEFT_OUT = "\n[… {count} more signs of this text were left out]"
_MOST_ITEMS = 200
_READABLE = ("text/", "application/json", "application/xhtml+xml", "application/xml")
_LARGEST_PAGE = 8 * 2**20


@dataclass
class _Text:
    """One text of an item, and what is said of it. `whole`: it goes to the model as it is; else `text` may be the
    beginning only of `length` signs."""

    text: str
    length: int = 0
    about: dict[str, Any] = field(default_factory=dict)
    whole: bool = True


@dataclass
class _Reader:
    """Reads items for `user`. `passed_on` are those that a folder gives to whoever may read it."""

    user: Someone
    everything: bool
    passed_on: set[tuple[str, str]] = field(default_factory=set)

    def read(self, item: Item) -> list[_Text]:
        """The texts of an item; none where there is none or it is not the user's to read."""
        kind = _KINDS.get(str(item.get("type")))
        if kind is not None:
            return kind(self, item)
        documents = item.get("docs")
        if not isinstance(documents, list):
            return []
        return [
            _Text(_plain(one.get("content")), about=one.get("metadata") or {}) for one in documents if _is_object(one)
        ]

    def _whole(self, item: Item) -> bool:
        return self.everything or item.get("context") == "full"

    def file(self, item: Item) -> list[_Text]:
        sent = _inside(item, "file", "data")
        if self._whole(item) and _plain(sent.get("content")):
            about = {"file_id": item.get("id"), "name": item.get("name"), **_inside(sent, "metadata")}
            return [_Text(_plain(sent["content"]), about=about)]
        row = File.head(_plain(item.get("id")))
        if row is None or not (("file", row.id) in self.passed_on or files.may(row, self.user)):
            return []
        return _of_files([row], self._whole(item))

    def text(self, item: Item) -> list[_Text]:
        sent = item.get("file")
        if _is_object(sent):
            return [_Text(_plain(_inside(item, "file", "data").get("content")), about=_inside(item, "file", "meta"))]
        return [_Text(_plain(item.get("content")), about={"name": item.get("name")})]

    def note(self, item: Item) -> list[_Text]:
        row = Note.get_or_none(Note.id == _plain(item.get("id")))
        if row is None or not self._may(entries.NOTES, row, item):
            return []
        text = _inside(row.data if _is_object(row.data) else {}, "content").get("md")
        return [_Text(_plain(text), about={"file_id": row.id, "name": row.title})]

    def chat(self, item: Item) -> list[_Text]:
        chat_id = _plain(item.get("id"))
        if not access.may_see(chat_id, self.user) and not access.reads_link(self.user, chat_id):
            return []
        row = chat_rows.small(chat_id, "title, current_message_id")
        if row is None or not row["current_message_id"]:
            return []
        said = [
            f"#### {str(one['role']).capitalize()}\n{history.plain(one['content'])}\n"
            for one in history.branch(chat_id, row["current_message_id"])
        ]
        return [_Text("\n".join(said), about={"file_id": chat_id, "name": row["title"]})]

    def collection(self, item: Item) -> list[_Text]:
        base = Knowledge.get_or_none(Knowledge.id == _plain(item.get("id")))
        if base is None or not self._may(entries.BASES, base, item):
            return []
        return _of_files(KnowledgeFile.files_of(base.id), self._whole(item))

    def url(self, item: Item) -> list[_Text]:
        address = _plain(item.get("url"))
        release()
        try:
            answer = safe_fetch.fetch(address, limit=_LARGEST_PAGE)
        except safe_fetch.FetchRefused as error:
            log.info("a page that a question names was not fetched: %s", error)
            return []
        if answer.content_type and not answer.content_type.startswith(_READABLE):
            return []
        text = aside(extract.decode, answer.data)
        if answer.content_type in ("text/html", "application/xhtml+xml"):
            text = aside(extract.page, text)
        return [_Text(text, about={"url": address, "name": address})]

    def _may(self, resource: Resource, row: Any, item: Item) -> bool:
        return (item.get("type"), row.id) in self.passed_on or "read" in resource.permissions(row, self.user)


_KINDS: dict[str, Callable[[_Reader, Item], list[_Text]]] = {
    "file": _Reader.file,
    "text": _Reader.text,
    "note": _Reader.note,
    "chat": _Reader.chat,
    "collection": _Reader.collection,
    "url": _Reader.url,
}


def sources(items: list[Item], user: Someone) -> list[Source]:
    """What the items hold that `user` may read; items without access or text are left out."""
    reader = _Reader(user, bool(BYPASS_EMBEDDING_AND_RETRIEVAL.get()))
    found: list[tuple[Item, list[_Text]]] = []
    seen: set[tuple[str, str]] = set()
    for item in _with_folders(items, reader):
        mark = (str(item.get("type")), str(item.get("id")))
        if item.get("id") and mark in seen:
            continue
        seen.add(mark)
        texts = [one for one in reader.read(item) if one.text]
        if texts:
            found.append((item, texts))
    _shortened([one for _, texts in found for one in texts if not one.whole])
    return [
        {"source": item, "document": [one.text for one in texts], "metadata": [one.about for one in texts]}
        for item, texts in found
    ]


def _with_folders(items: list[Item], reader: _Reader) -> list[Item]:
    """The items, and behind them what their folders hold that the folders' owners may pass on."""
    out = [one for one in items if _is_object(one) and one.get("type") not in ("folder", "filesystem")]
    folders = dict.fromkeys(_plain(one.get("id")) for one in items if _is_object(one) and one.get("type") == "folder")
    for folder_id in folders:
        if access.reads_folder(folder_id, reader.user):
            inner = of_folder(folder_id)
            reader.passed_on |= {(one["type"], one["id"]) for one in inner}
            out += inner
    return out[:_MOST_ITEMS]


def of_folder(folder_id: str) -> list[Item]:
    """The entries of a folder that its owner may (still) read."""
    row = Folder.select(Folder.user_id, Folder.data).where(Folder.id == folder_id).first()
    listed = _inside({"data": row.data if row is not None else None}, "data").get("files")
    owner = User.get_or_none(User.id == row.user_id) if row is not None and listed else None
    return entries.readable(listed, owner)[:_MOST_ITEMS] if owner is not None else []


def _of_files(rows: list[File], whole: bool) -> list[_Text]:
    """The texts of files; of those that are not wanted whole no more than could ever be sent."""
    about = [{"file_id": row.id, "name": row.name, "source": row.name} for row in rows]
    if whole:
        return [_Text(File.text_of(row.id), about=said) for row, said in zip(rows, about, strict=True)]
    texts = File.texts_of([row.id for row in rows], MOST_TEXT)
    return [_Text(*texts.get(said["file_id"], ("", 0)), about=said, whole=False) for said in about]


def _shortened(texts: list[_Text]) -> None:
    """Cuts long texts so that all fit together; short ones stay whole, and what they leave goes to the others."""
    left, waiting = MOST_TEXT, len(texts)
    for one in sorted(texts, key=lambda text: text.length):
        share = left // waiting
        waiting -= 1
        if one.length > share:
            one.text = one.text[:share] + _LEFT_OUT.format(count=one.length - share)
        left -= min(one.length, share)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _inside(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The object at a path of keys; an empty one where there is none."""
    for key in keys:
        inner = value.get(key)
        value = inner if isinstance(inner, dict) else {}
    return value
