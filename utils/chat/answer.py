"""Answering one target of a turn: the provider's rounds, their events, what is stored at the end.

Facts: chat.md sections 3 to 9; better on purpose: what has come of a reply is never lost.
"""

import logging
from typing import Any

from models.database import connection, release
from utils.chat import (
    afterwards,
    approval,
    compaction,
    direct,
    images,
    inner,
    legacy_tools,
    patience,
    payload,
    remarks,
    sources,
    store,
    tags,
    tasks,
    toolloop,
)
from utils.chat.ahead import Ahead, Asked
from utils.chat.live import INTERRUPTED, Live, Place
from utils.chat.output import STATE, Event, Output, from_completion
from utils.chat.sender import Sender
from utils.chat.tasks import Stopped
from utils.chat.tools.tool import Calling, Inner, context_of
from utils.chat.turn import Target, Turn
from utils.http import metrics
from utils.http.errors import ApiError
from utils.jobs import spawn
from utils.providers import catalog, completions
from utils.providers.catalog import Model
from utils.providers.errors import ProviderError
from utils.realtime import emit
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

_BROKEN = "Something went wrong inside the server while this reply was being written."


class Refused(ProviderError):
    """An error, or nothing of use, that a provider answered under a status of success."""


class Answer:
    """One assistant message in the making. `run` does it all and raises nothing."""

    def __init__(
        self, turn: Turn, target: Target, inside: Inner, *, is_first: bool, ahead: Ahead | None = None
    ) -> None:
        self.turn, self.target, self.inside, self.is_first = turn, target, inside, is_first
        self._ahead = ahead
        self._asked: Asked | None = None
        """What the provider was asked ahead, until its answer is read."""
        if target.task is None:
            raise ValueError("a target without a task")
        self.task = target.task
        self.model: Model | None = None
        self.output = Output([])
        self.result: Any = None
        """The provider's JSON when the answer did not come as a stream."""
        self.failure: ApiError | None = None
        self._drawn = ""
        """The member of an arena model that the whole answer is to name."""
        self._live: Live | None = None
        self._sender = Sender(turn, target, self.output.items)
        self._title_made = False
        self._pending: list[afterwards.Pending] = []

    # -- the whole

    def run(self) -> None:
        """From the stored question to the stored answer and what follows it."""
        try:
            self._converse()
            self._complete()
        except Stopped:
            self._stopped()
        except toolloop.Paused:
            self._paused()
        except Refused as error:
            self._failed(error, error.content.get("error") or error.message)
        except ProviderError as error:
            self._failed(error, error.message)
        except ApiError as error:
            self._failed(error, str(error.detail))
        except store.ChatGone:
            log.info("chat %s was deleted while it was answered", self.turn.chat_id)
        except Exception:
            log.exception("answering message %s of chat %s failed", self.target.message_id, self.turn.chat_id)
            self._failed(ApiError(500, _BROKEN), _BROKEN)
        finally:
            self._close_live()
            if self._asked is not None:
                spawn.spawn(self._asked.close)
            release()
            # the turn is over, for the browser, when its background tasks are too
            for pending in self._pending:
                pending.wait(self.task)
            tasks.end(self.task)

    def _converse(self) -> None:
        """Asks the provider and takes in what it says."""
        model, draft = self._drafted()
        self.output = Output(
            tags.tags_of(draft.params.get("reasoning_tags")),
            draft.continued,
            snapshots=draft.continued is not None,
            runs_code=draft.runs_code,
        )
        least = draft.params.get("stream_delta_chunk_size")
        chunk = max(environment.current().stream_delta_chunk_size, least if isinstance(least, int) else 1)
        self._sender = Sender(self.turn, self.target, self.output.items, chunk)
        place = Place(self.turn.chat_id or "", self.target.message_id, self.turn.user.id)
        self._live = Live(self.task.id, place, self.output.items, stored=self.turn.is_stored)
        if self.turn.is_new and self.is_first:
            self._begin_title()
        if self.model is not None and self.model is not model:
            self._choose(self.model, tell=bool(draft.body.get("stream")))
        self.task.check()
        context = context_of(self.turn, self.target)
        calling = Calling(self.turn, self.target, context, self._sender.send, self.task, self.inside)
        if not self.turn.is_resumed:
            self._add_sources(draft, [*legacy_tools.sources(draft, calling), *draft.sources])
            self._round(draft.body)
        else:
            draft.messages = draft.body["messages"] = sources.with_sources(draft.messages, draft.sources)
        if self.result is None:
            self._loop(draft, calling).run()

    def _drafted(self) -> tuple[Model, payload.Draft]:
        """The model that was asked for, and what it or an arena's choice is to be sent, or was."""
        self._asked = self._ahead.taken(self._tell_status) if self._ahead is not None else None
        if self._asked is not None:
            self.model = self._asked.model
            return self._asked.model, self._asked.draft
        with connection():
            own = direct.model_of(self.turn, self.target.model_id)
            model = own or catalog.usable(self.turn.user, self.target.model_id)
            chosen = catalog.arena_choice(model, self.turn.user) if model.owned_by == "arena" else model
            self.model = chosen
            compaction.before_turn(self.turn, self.target.message_id, chosen, self._sender.send)
            return model, payload.draft(self.turn, self.target, chosen, self._tell_status)

    def _add_sources(self, draft: payload.Draft, found: list[sources.Source]) -> None:
        """What was found goes to the model with the question, to the page, and is stored."""
        if not found:
            return
        draft.messages = draft.body["messages"] = sources.with_sources(draft.messages, found)
        if shown := sources.shown(found):
            self._store_quietly({"sources": shown})
            self._sender.send(STATE, {"sources": shown})

    def _tell_status(self, kind: str, data: Any) -> None:
        """What is being done for the reply: told, and kept with it."""
        if self.turn.is_stored and not self.turn.is_resumed:
            with connection(), store.edit(self.turn.chat_id or "") as chat:
                known = (chat.messages.get(self.target.message_id) or {}).get("statusHistory")
                history = known if isinstance(known, list) else []
                chat.put(self.target.message_id, {"statusHistory": [*history, data]})
        self._sender.send(kind, data)

    def _loop(self, draft: payload.Draft, calling: Calling) -> toolloop.Loop:
        """Running the tools that the model calls, and asking it again."""
        return toolloop.Loop(draft, self.output, calling, self._round, self._tell, asked=not self.turn.is_resumed)

    def _tell(self, events: list[Event]) -> None:
        """Events that do not come from the provider: noted, and sent at once."""
        if self._live is not None:
            self._live.progress(events)
        for kind, data in events:
            self._sender.send(kind, data)

    def _choose(self, chosen: Model, *, tell: bool) -> None:
        """An arena model's member was drawn: the stored message learns which, and the browser, now or with
        the whole answer."""
        if self.turn.is_stored:
            with connection(), store.edit(self.turn.chat_id or "") as chat:
                chat.put(self.target.message_id, {"selectedModelId": chosen.id})
        if tell:
            self._sender.send(STATE, {"selected_model_id": chosen.id})
        else:
            self._drawn = chosen.id

    def _round(self, body: dict[str, Any]) -> None:
        """One request to the provider, which may have got it already, and its answer."""
        model = self.model
        if model is None:
            raise ValueError("no model")
        context = payload.context_of(self.turn, self.target)
        asked, self._asked = self._asked, None
        reply: completions.Reply | direct.Reply
        if direct.model_of(self.turn, model.id) is not None:
            reply = direct.Reply(self.turn, self.target.message_id, model, body, self.task)
        else:
            reply = tasks.unless_stopped(
                self.task,
                asked.answer if asked is not None else lambda: completions.complete(model, body, context),
                completions.Reply.close,
            )
        self.task.on_stop(reply.abort)
        try:
            if reply.is_stream:
                self._read_stream(reply)
            else:
                self._read_whole(reply.json())
        except ProviderError:
            self.task.check()
            raise
        finally:
            reply.close()
        self.task.check()

    def _read_stream(self, reply: completions.Reply | direct.Reply) -> None:
        for chunks in reply.events():
            self.task.check()
            events = self.output.feed(chunks)
            if self._live is not None:
                self._live.progress(events)
            remarks.keep(self.turn, self.target, events)
            self._sender.stream(events)
            self._keep_pictures()
            if self.output.cut:
                break
        self._sender.stream(self.output.end_round())
        self._sender.flush()

    def _read_whole(self, completion: Any) -> None:
        if not isinstance(completion, dict) or completion.get("error") or "choices" not in completion:
            raise Refused(502, completion if isinstance(completion, dict) else {"detail": completion})
        if self._drawn and self.result is None:
            completion = {**completion, "selected_model_id": self._drawn}
        made = from_completion(completion)
        if self.output.items:
            # a later round that came whole though a stream was asked
            self.output.take(made)
        else:
            self.result, self.output = completion, made
        self._sender.send(STATE, completion)
        self._keep_pictures()

    def _keep_pictures(self) -> None:
        """Pictures in what the model said become files of the message."""
        if not self.output.pictures:
            return
        taken, self.output.pictures = self.output.pictures, []
        files = [{"type": "image", "url": images.kept(self.turn, self.target, one)} for one in taken]
        if self.turn.is_stored:
            with connection(), store.edit(self.turn.chat_id or "") as chat:
                known = (chat.messages.get(self.target.message_id) or {}).get("files")
                files = [*files, *(known if isinstance(known, list) else [])]
                chat.put(self.target.message_id, {"files": files})
        self._sender.send("chat:message:files", {"files": files})

    # -- the ends

    def _complete(self) -> None:
        items = self.output.items if self.result is not None else self.output.finished()
        values: dict[str, Any] = {"done": True, "output": items, "content": store.text_of(items)}
        if self.output.usage:
            values["usage"] = self.output.usage
        if self.output.error:
            values["error"] = {"content": self.output.error}
        title = self._store(values)
        done: dict[str, Any] = {"done": True, "output": items, "title": title}
        if self.output.usage and self.result is None:
            done["usage"] = self.output.usage
        self._close_live()
        metrics.tokens(self.target.model_id, self.output.usage)
        if self.result is None:
            self._tell_list()
            self._sender.send(STATE, done)
        else:
            self._sender.send(STATE, done)
            self._tell_list()
        self._follow(values["content"])

    def _paused(self) -> None:
        """The answer waits for a person: it stays open, with what going on will need (chat.md 6.4)."""
        items = self.output.items
        values: dict[str, Any] = {"done": False, "output": items, "content": store.text_of(items)}
        if self.output.usage:
            values["usage"] = self.output.usage
        if not self.turn.is_resumed:
            values["meta"] = {"task_id": self.task.id, **approval.kept(self.turn)}
        self._store_quietly(values)
        self._close_live()

    def _stopped(self) -> None:
        """Somebody stopped the reply, or the process ends: what has come is kept."""
        items = self.output.interrupted()
        values: dict[str, Any] = {"done": True, "output": items, "content": store.text_of(items)}
        if self.output.usage:
            values["usage"] = self.output.usage
        if self.task.interrupted or self.turn.is_internal:
            values["error"] = {"content": INTERRUPTED if self.task.interrupted else inner.STOPPED}
        self._store_quietly(values)
        self._close_live()
        if self.task.interrupted:
            self._sender.send("chat:message:error", {"error": {"content": INTERRUPTED}, "done": True})
            return
        self._sender.send("chat:tasks:cancel", {"output": items})
        self._sender.send("chat:tasks:cancel")

    def _failed(self, error: ApiError, content: Any) -> None:
        """The provider or the server failed: what has come is kept, the failure is said."""
        self.failure = error
        items = self.output.interrupted()
        values: dict[str, Any] = {"done": True, "content": store.text_of(items), "error": {"content": content}}
        if items:
            values["output"] = items
        self._store_quietly(values)
        self._close_live()
        if items:
            self._sender.send(STATE, {"output": items})
        self._sender.send("chat:message:error", {"error": {"content": content}, "done": True})

    def _store(self, values: dict[str, Any]) -> str:
        """Writes the reply into both stores; returns the chat's title."""
        if not self.turn.is_stored:
            return ""
        try:
            return patience.with_database(lambda: self._write(values))
        except patience.AWAY:
            # what has come stays in the journal, for the next start to find
            if self._live is not None:
                self._live.leave()
                self._live = None
            raise

    def _write(self, values: dict[str, Any]) -> str:
        with connection(), store.edit(self.turn.chat_id or "") as chat:
            if self.target.message_id in chat.messages:
                chat.put(self.target.message_id, values)
                chat.touch()
            return chat.row.title or ""

    def _store_quietly(self, values: dict[str, Any]) -> None:
        try:
            self._store(values)
        except store.ChatGone:
            log.info("chat %s was deleted while it was answered", self.turn.chat_id)

    def _close_live(self) -> None:
        if self._live is not None:
            self._live.close()
            self._live = None

    def _tell_list(self) -> None:
        if self.turn.is_stored and not self.turn.is_internal:
            emit.chat_list(self.turn.user.id, self.turn.chat_id or "", self.target.message_id, self.turn.folder_id)

    # -- what follows a reply

    def _begin_title(self) -> None:
        """The title of a new chat is asked for beside the reply, not after it."""
        self._title_made = True
        if kinds := self._title_kinds():
            self._begin_extras(kinds)

    def _title_kinds(self) -> list[str]:
        wanted = self.turn.background_tasks.get("title_generation")
        if wanted:
            return [afterwards.TITLE]
        return [afterwards.QUESTION_AS_TITLE] if wanted is False else []

    def _follow(self, reply: str) -> None:
        """Follow-ups, title and tags, in this order."""
        wanted = self.turn.background_tasks
        kinds = [afterwards.FOLLOW_UPS] if wanted.get("follow_up_generation") else []
        if self.turn.is_stored and self.is_first and self.turn.owner_id == self.turn.user.id:
            kinds += [] if self._title_made else self._title_kinds()
            kinds += [afterwards.TAGS] if wanted.get("tags_generation") else []
        self._begin_extras(kinds, reply)

    def _begin_extras(self, kinds: list[str], reply: str = "") -> None:
        if self.model is None or not self.turn.background_tasks:
            return
        extras = afterwards.Extras(self.turn, self.target.message_id, self.model, kinds, reply)
        if (pending := afterwards.begin(extras)) is not None:
            self._pending.append(pending)
