"""Chats whose documents are not what they should be: refused, or kept and served; never a fault of the server."""

import copy
import random

import pytest
from bent import bent

ITEMS = [
    {"type": "message", "content": [{"type": "output_text", "text": "well"}]},
    {"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}", "status": "completed"},
    {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "t"}]},
]
QUESTION = {"id": "a", "role": "user", "content": "hi", "parentId": None, "childrenIds": ["b"], "files": [{"id": "f"}]}
REPLY = {"id": "b", "role": "assistant", "content": "well", "parentId": "a", "childrenIds": [], "output": ITEMS}
MORE = {"usage": {"a": 1}, "sources": [{}], "statusHistory": [{}], "meta": {"k": 1}, "done": True, "model": "m"}
DOCUMENT = {
    "title": "x",
    "models": ["m"],
    "history": {"messages": {"a": QUESTION, "b": REPLY | MORE}, "currentId": "b"},
    "messages": [{"id": "a", "role": "user", "content": "hi"}],
    "tags": ["t"],
    "files": [{"type": "file", "id": "f"}],
}


def steps(person, chat_id):
    """What is done with a chat, each a status."""
    address = f"/api/v1/chats/{chat_id}"
    yield person.get(address)
    yield person.post(address, {"chat": {"history": copy.deepcopy(DOCUMENT["history"])}})
    for path in ("/clone", "/fork", "/share", "/compact"):
        yield person.post(address + path, {})
    yield person.post(f"{address}/messages/a", {"content": "ho"})
    yield person.get(f"/api/v1/chats/stats/export/{chat_id}")
    yield person.get("/api/v1/chats/?page=1")
    yield person.get("/api/v1/chats/search?text=well")
    turn = {"chat_id": chat_id, "id": "d", "parent_id": "b", "model": "gpt-test", "stream": True, "messages": []}
    question = {"id": "q", "role": "user", "content": "more", "parentId": "b", "childrenIds": []}
    yield person.post("/api/chat/completions", {**turn, "user_message": question, "parent_message": None})
    yield person.delete(f"{address}/messages/a")
    yield person.get(address)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_done_with_an_odd_chat_is_a_fault(admin, provider, caplog, seed):
    rng = random.Random(seed)
    kept = 0
    for _ in range(12):
        messages = bent(rng, DOCUMENT["history"]["messages"], 0.1)
        document = DOCUMENT | {"history": {"messages": messages, "currentId": "b"}}
        made = admin.post("/api/v1/chats/new", {"chat": document})
        assert made.status_code < 500
        if made.status_code == 200:
            kept += 1
            for answer in steps(admin, made.json["id"]):
                assert answer.status_code < 500, (answer.request.path, answer.json, document)
    assert kept
    assert not [one for one in caplog.records if one.exc_info], caplog.text
