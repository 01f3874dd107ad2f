"""The search across kinds: one list of chats, channel messages and notes, the pinned ones first, then by
time (openapi: SearchResponse)."""

from typing import Any
from urllib.parse import quote

from models import chat_search, folder_tree, search_all
from models.database import fold
from models.search_all import Reader
from utils.access.permissions import Someone, allows, group_ids
from utils.chat.search import plain
from utils.settings import environment, keys

PAGE = 24
_SNIPPET, _PREVIEW = (50, 200), (600, 2400)
"""How many characters before what was found an excerpt begins, and how long it is."""
_NS = 10**9


class Search:
    """One query of one user. `scope` is `folder:<id>` or `channel:<id>`, or empty."""

    def __init__(self, user: Someone, query: dict[str, Any]) -> None:
        self.user = user
        self.reader = Reader(user.id, group_ids(user.id))
        self.words = query["q"].split()
        self.text = query["q"].strip()
        self.kind, self.sharing, self.page = query["kind"], query["sharing"], query["page"]
        self.scope_kind, _, self.scope_id = query["scope"].partition(":")
        self.sees_all = user.role == "admin" and environment.current().admin_sees_all
        own = folder_tree.of_user(user.id) if allows(user, "features.folders") else []
        shared = folder_tree.shared_with(user.id, self.reader.group_ids) if allows(user, "features.folders") else []
        shared = [row for row in shared if row["is_read"]]
        self.folders = {row["id"]: row["name"] for row in [*own, *shared]}
        self.shared_folders = [row["id"] for row in shared]
        self.own_folders = [row["id"] for row in own]
        self.channels = self._channels()
        self.kinds = self._kinds()

    def _channels(self) -> dict[str, dict[str, Any]]:
        if not (keys.ENABLE_CHANNELS.get() and allows(self.user, "features.channels")):
            return {}
        rows = search_all.channels(self.reader, self.sees_all)
        return {row["id"]: {**row, "name": row["name"] or ""} for row in rows}

    def _kinds(self) -> list[str]:
        has_channels = keys.ENABLE_CHANNELS.get() and allows(self.user, "features.channels")
        has_notes = keys.ENABLE_NOTES.get() and allows(self.user, "features.notes")
        return ["chat", *(["message"] if has_channels else []), *(["note"] if has_notes else [])]

    def run(self) -> dict[str, Any]:
        """The page."""
        window = (self.page * PAGE + 1, 0)
        found: list[dict[str, Any]] = []
        for kind, look in (("chat", self._chats), ("message", self._messages), ("note", self._notes)):
            if kind in self.kinds and self.kind in ("all", kind):
                found += look(window)
        found.sort(key=self._place)
        start = (self.page - 1) * PAGE
        scopes = [("folder", one, name) for one, name in self.folders.items()]
        scopes += [("channel", one, row["name"]) for one, row in self.channels.items()]
        scopes.sort(key=lambda scope: (scope[0] != "folder", scope[2].casefold()))
        return {
            "items": found[start : start + PAGE],
            "has_more": len(found) > start + PAGE,
            "scopes": [{"id": f"{kind}:{one}", "name": name, "kind": kind} for kind, one, name in scopes],
            "kinds": self.kinds,
        }

    def _place(self, item: dict[str, Any]) -> tuple[int, int]:
        """Pinned items lead where nothing is looked for; else those of that very title, then those whose title
        holds it; then the last changed."""
        if not self.words:
            return 0 if item["pinned"] else 1, -item["updated_at"]
        title, text = fold(item["title"]), fold(" ".join(self.words))
        return 0 if title == text else 1 if text in title else 2, -item["updated_at"]

    def _chats(self, window: tuple[int, int]) -> list[dict[str, Any]]:
        scope = None
        if self.scope_kind:
            if self.scope_kind != "folder" or self.scope_id not in self.folders:
                return []
            scope = folder_tree.below([self.scope_id])
        folders = [*self.shared_folders, *self.own_folders]
        rows = search_all.chats(self.reader, self.words, self.sharing, folders, scope, window[0])
        ids = [row["id"] for row in rows]
        hits = chat_search.hits(ids, self.words) | chat_search.hits(ids, self.words, every=True)
        last = chat_search.last_texts([one for one in ids if one not in hits])
        return [self._chat(row, hits.get(row["id"]), last.get(row["id"])) for row in rows]

    def _chat(self, row: dict[str, Any], hit: tuple[str, str] | None, last: str | None) -> dict[str, Any]:
        text = plain(hit[1] if hit else last) or ""
        return self._item(
            "chat",
            row["id"],
            title=row["title"],
            context=self.folders.get(row["folder_id"] or "") or "Personal chat",
            text=text,
            url=f"/c/{row['id']}" + (f"?message={hit[0]}" if hit else ""),
            updated_at=row["updated_at"] or 0,
            shared=row["share_id"] is not None
            or row["user_id"] != self.user.id
            or row["folder_id"] in self.shared_folders,
            pinned=bool(row["pinned"]) and row["user_id"] == self.user.id,
        )

    def _messages(self, window: tuple[int, int]) -> list[dict[str, Any]]:
        ids = list(self.channels)
        if self.scope_kind:
            ids = [one for one in ids if self.scope_kind == "channel" and one == self.scope_id]
        if not ids:
            return []
        rows = search_all.messages(self.reader, self.words, self.sharing, ids, window)
        return [self._message(row) for row in rows]

    def _message(self, row: dict[str, Any]) -> dict[str, Any]:
        channel = self.channels[row["channel_id"]]
        return self._item(
            "message",
            row["id"],
            title=row["author"] or "",
            context=channel["name"] if channel["type"] == "dm" else f"#{channel['name']}",
            text=row["content"] or "",
            url=f"/channels/{row['channel_id']}?thread={row['parent_id'] or row['id']}&message={row['id']}",
            updated_at=(row["created_at"] or 0) // _NS,
            shared=True,
            pinned=False,
        )

    def _notes(self, window: tuple[int, int]) -> list[dict[str, Any]]:
        if self.scope_kind:
            return []
        rows = search_all.notes(self.reader, self.words, self.sharing, self.sees_all, window)
        return [self._note(row) for row in rows]

    def _note(self, row: dict[str, Any]) -> dict[str, Any]:
        own = row["user_id"] == self.user.id
        return self._item(
            "note",
            row["id"],
            title=row["title"] or "",
            context="Personal note" if own else "Shared note",
            text=row["text"] or "",
            url=f"/notes/{row['id']}" + (f"?search={quote(self.text)}" if self.text else ""),
            updated_at=(row["updated_at"] or 0) // _NS,
            shared=not own,
            pinned=bool(row["pinned"]),
        )

    def _item(self, kind: str, one: str, *, title: str, context: str, text: str, **rest: Any) -> dict[str, Any]:
        return {
            "id": f"{kind}:{one}",
            "kind": kind,
            "title": title,
            "context": context,
            "snippet": _excerpt(text, self.words, *_SNIPPET),
            "preview": _excerpt(text, self.words, *_PREVIEW),
            **rest,
        }


def _excerpt(text: str, words: list[str], before: int, length: int) -> str:
    """At most `length` characters of `text` around the first word, with an ellipsis where it was cut."""
    folded = fold(text)
    places = [place for word in words if (place := folded.find(fold(word))) >= 0]
    begin = max(min(places, default=0) - before, 0)
    end = begin + length
    return ("…" if begin else "") + text[begin:end].strip() + ("…" if end < len(text) else "")
