"""Attached files in a turn: whose text reaches the model, as what, and what the page is told (chat.md 4.6)."""

import io
import json
import time

import pytest
from test_turn import ada, ask, stored  # noqa: F401

FACT = "The harbour master of Zellenburg is Quintus."


def put(person, name, content, kind="text/plain"):
    """The id of a file that has been uploaded and processed; in process or live."""
    if hasattr(person, "http"):
        made = person.request("POST", "/api/v1/files/", files={"file": (name, content, kind)}).json()
    else:
        data = {"file": (io.BytesIO(content), name, kind)}
        made = person.post("/api/v1/files/", data=data, content_type="multipart/form-data").json
    end = time.time() + 10
    while True:
        answer = person.get(f"/api/v1/files/{made['id']}/process/status")
        state = answer.json() if callable(answer.json) else answer.json
        if state["status"] in ("completed", "failed"):
            return made["id"]
        assert time.time() < end
        time.sleep(0.02)


@pytest.fixture
def model(login):
    """Everybody may use the provider's model."""
    from models.access_grants import AccessGrant
    from models.workspace_models import WorkspaceModel

    WorkspaceModel.create(id="gpt-test", user_id=login("admin", role="admin").id, name="x", params={}, meta={})
    AccessGrant.create(
        resource_type="model", resource_id="gpt-test", principal_type="user", principal_id="*", permission="read"
    )
    return WorkspaceModel


@pytest.fixture
def asked(model, provider):
    """`asked(ann, item, …)`: what the provider is sent for a question with these items, and the answer."""

    def ask_once(person, *items, **extra):
        body = {"model": "gpt-test", "messages": [{"role": "user", "content": "Who?"}], "files": list(items), **extra}
        answer = person.post("/api/chat/completions", body)
        assert answer.status_code == 200, answer.data
        return provider.chats()[-1]["messages"], answer

    return ask_once


def test_a_file_reaches_the_model_with_the_question(login, asked):
    ann = login("ann")
    file_id = put(ann, "facts.txt", FACT.encode())
    messages, answer = asked(ann, {"type": "file", "id": file_id, "name": "facts.txt"})
    text = messages[-1]["content"]
    mark = f'<source id="1" name="facts.txt" resource-type="file" resource-id="{file_id}">'
    assert f"{mark}{FACT}</source>" in text
    assert text.endswith("\nWho?")
    assert answer.json["sources"] == [
        {
            "source": {"type": "file", "id": file_id, "name": "facts.txt"},
            "document": [FACT],
            "metadata": [{"file_id": file_id, "name": "facts.txt", "source": "facts.txt"}],
        }
    ]


def test_an_api_clients_stream_begins_with_the_sources(login, asked):
    ann = login("ann")
    _, answer = asked(ann, {"type": "file", "id": put(ann, "facts.txt", FACT.encode())}, stream=True)
    first = answer.data.split(b"\n\n")[0]
    assert json.loads(first.removeprefix(b"data: "))["sources"][0]["document"] == [FACT]


def test_files_of_others_are_left_out(login, asked):
    ann, bob = login("ann"), login("bob")
    item = {"type": "file", "id": put(ann, "facts.txt", FACT.encode())}
    messages, answer = asked(bob, item, {"type": "file", "id": "no-such"}, {"type": "odd"}, {"id": 5}, {})
    assert messages == [{"role": "user", "content": "Who?"}]
    assert "sources" not in answer.json


def test_a_model_without_file_context_gets_none(login, asked, model):
    ann = login("ann")
    item = {"type": "file", "id": put(ann, "facts.txt", FACT.encode())}
    model.update(meta={"capabilities": {"file_context": False}}).execute()
    messages, _ = asked(ann, item)
    assert messages == [{"role": "user", "content": "Who?"}]


def test_long_texts_are_shortened_unless_they_are_wanted_whole(login, asked):
    from utils.chat.attached import MOST_TEXT

    ann = login("ann")
    short, long = put(ann, "short.txt", b"S" * 1000), put(ann, "long.txt", b"L" * (2 * MOST_TEXT))
    items = [{"type": "file", "id": long}, {"type": "file", "id": short}]
    messages, _ = asked(ann, *items)
    text = messages[-1]["content"]
    assert text.count("S" * 1000) == 1
    assert text.count("L") < MOST_TEXT < text.count("L") + 1100
    assert f"{2 * MOST_TEXT - MOST_TEXT + 1000} more signs" in text
    messages, _ = asked(ann, {**items[0], "context": "full"})
    assert messages[-1]["content"].count("L") == 2 * MOST_TEXT


def test_items_of_every_kind(login, asked):
    from models.folders import Folder
    from models.knowledge import Knowledge, KnowledgeFile
    from models.notes import Note

    ann, bob = login("ann"), login("bob")
    file_id = put(ann, "facts.txt", FACT.encode())
    base = Knowledge.create(user_id=ann.id, name="k")
    KnowledgeFile.create(user_id=ann.id, knowledge_id=base.id, file_id=file_id)
    note = Note.create(user_id=ann.id, title="My note", data={"content": {"md": "a note's words"}})
    entries = [{"type": "file", "id": file_id}, {"type": "file", "id": put(bob, "b.txt", b"bobs")}]
    Folder.create(id="f", user_id=ann.id, name="f", is_expanded=False, data={"files": entries})
    chat = {"history": {"currentId": "m", "messages": {"m": {"id": "m", "role": "user", "content": "said before"}}}}
    chat_id = ann.post("/api/v1/chats/new", {"chat": chat}).json["id"]
    items = {
        "collection": ({"type": "collection", "id": base.id}, [FACT]),
        "note": ({"type": "note", "id": note.id}, ["a note's words"]),
        "text": ({"type": "text", "name": "t", "content": "typed"}, ["typed"]),
        "page": ({"type": "text", "name": "t", "file": {"data": {"content": "of a page"}}}, ["of a page"]),
        "folder": ({"type": "folder", "id": "f"}, [FACT]),
        "chat": ({"type": "chat", "id": chat_id}, ["#### User\nsaid before\n"]),
    }
    for name, (item, texts) in items.items():
        _, answer = asked(ann, item)
        assert [text for one in answer.json["sources"] for text in one["document"]] == texts, name
        if name not in ("text", "page"):
            assert "sources" not in asked(bob, item)[1].json, name


def test_a_model_without_tools_gets_its_knowledge(login, asked, model):
    ann = login("ann")
    entry = {"type": "file", "id": put(ann, "facts.txt", FACT.encode()), "name": "facts.txt"}
    model.update(meta={"knowledge": [entry]}).execute()
    assert FACT not in asked(ann)[0][-1]["content"]
    assert FACT in asked(ann, params={"function_calling": "legacy"})[0][-1]["content"]


@pytest.mark.live
def test_the_page_is_told_and_the_reply_keeps_its_sources(live, ada, provider):  # noqa: F811
    item = {"type": "file", "id": put(ada, "facts.txt", FACT.encode()), "name": "facts.txt"}
    message = {"id": "q-files", "parentId": None, "role": "user", "content": "Who?", "files": [item]}
    ada.events.clear()
    answer, _, reply = ask(ada, "", user_message=message, files=[item])
    ada.wait_kind("chat:active", active=False)
    status = ada.wait_kind("status")["data"]["data"]
    assert status == {"action": "sources_retrieved", "count": 1, "done": True}
    told = [p["data"]["data"] for e, p in ada.events if (p.get("data") or {}).get("type") == "chat:completion"]
    assert next(one["sources"] for one in told if "sources" in one)[0]["document"] == [FACT]
    kept = stored(ada, answer.json()["chat_id"])["messages"][reply]
    assert kept["statusHistory"] == [status]
    assert kept["sources"][0]["source"] == item
    sent = provider.chats()[-1]["messages"][-1]["content"]
    assert FACT in sent
    assert "<attached_files>" not in sent or item["id"] in sent
    linked = live.backend.execute("SELECT file_id FROM chat_file WHERE message_id = 'q-files'")
    assert linked == [(item["id"],)]
