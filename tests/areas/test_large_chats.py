"""Chats of many megabytes, pictures inlined: the same answers as for small ones, on every way through the server."""

import base64
import contextlib
import random
import subprocess
import sys

import pytest
from test_turn import ada, ask, rows, until

from models import json_codec, json_pieces

__all__ = ["ada"]

FRAGMENTS = [
    "a" * 50,
    '"',
    "\\",
    "\n",
    "ä",
    "日",
    "😀",
    '\\"',
    "data:image/png;base64,",
    "\x01",
    ",",
    ":",
    "}",
    " ",
    "]",
]


def odd_string(rng):
    """A string of what JSON treats specially, of a length around those at which it is treated otherwise."""
    long, step = json_pieces.LONG, 2**20
    size = rng.choice([0, 1, 5, 1000, long - 2, long - 1, long, long + 1, 2 * long, step, step + 1, 2 * step + 3])
    if rng.random() < 0.4:
        return rng.choice(FRAGMENTS) + "x" * size
    head = "".join(rng.choice(FRAGMENTS) for _ in range(min(size, 2000)))
    return head + "y" * max(size - 3000, 0) + rng.choice(FRAGMENTS) * rng.randrange(3)


def odd_value(rng, depth=0):
    kind = rng.random()
    if depth > 3 or kind < 0.5:
        return odd_string(rng)
    if kind < 0.6:
        return rng.choice([None, True, 1, 1.5, -3, [1, 2, 3] * 30_000])
    if kind < 0.8:
        return [odd_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {odd_string(rng)[: rng.choice([3, 10**7])]: odd_value(rng, depth + 1) for _ in range(rng.randrange(4))}


def damaged(rng, text):
    """The text with one byte lost or put in."""
    place = rng.randrange(len(text))
    added = rng.choice([b"", b'"', b"\\", b",", b"}", b"\xff", b"\x00", b':"'])
    return text[:place] + added + text[place + (not added) :]


def outcome(decode, text):
    try:
        return decode(text)
    except ValueError:
        return "not JSON"


def test_in_steps_json_is_what_it_is_at_once():
    rng = random.Random(7)
    for _ in range(120):
        value = odd_value(rng)
        text = json_codec.dumps_bytes(value)
        for form in (text, bytearray(text), text.decode(), text.replace(b",", b" , "), text.replace(b":", b":\n")):
            assert outcome(json_pieces.loads, form) == outcome(json_codec.loads, form)
        assert b"".join(json_pieces.pieces(value)) == text
        broken = damaged(rng, text)
        assert outcome(json_pieces.loads, broken) == outcome(json_codec.loads, broken)


def test_only_what_is_long_goes_its_own_way():
    picture = "data:image/png;base64," + "A" * json_pieces.LONG
    text = json_codec.dumps_bytes({"a": [picture, "short"], "b": picture, picture: 1})
    assert len(list(json_pieces._long_strings(text))) == 2
    pictures = [picture] * (json_pieces.WORTH // len(picture) + 1)
    assert json_pieces.is_worth_it({"a": pictures}) and not json_pieces.is_worth_it({"a": ["x" * 1000, picture]})


def test_strings_that_no_database_takes_are_cleaned_in_steps_too():
    value = {"a": "x" * json_pieces.LONG + "\x00" + "y", "b": "z" * json_pieces.LONG + "\ud800"}
    cleaned = {"a": "x" * json_pieces.LONG + "y", "b": "z" * json_pieces.LONG + "?"}
    assert json_codec.loads(b"".join(json_pieces.pieces(value))) == cleaned


BREATHING = """
from gevent import monkey; monkey.patch_all()
import gevent, socket
from models.large import LARGE, breathe
here, there = socket.socketpair()
waiting = gevent.spawn(there.recv, 1)
gevent.sleep(0.01)
here.send(b"x")
for _ in range(3):
    breathe(LARGE)
print(waiting.ready())
"""


def test_between_two_steps_others_are_heard_who_wait_for_a_socket():
    assert subprocess.run([sys.executable, "-c", BREATHING], capture_output=True, text=True).stdout == "True\n"


def picture(seed, size=1_800_000):
    return "data:image/png;base64," + base64.b64encode(random.Random(seed).randbytes(size)).decode()


@pytest.fixture(scope="module")
def pictures():
    return [picture(seed) for seed in range(3)]


def large_chat(pictures):
    """A question with two pictures, its answer, and a further picture within the text of a question."""
    questions = [{"type": "image", "url": pictures[0]}, {"type": "image", "url": pictures[1]}]
    text = f'"look":\n\\ ä😀 ![]({pictures[2]})'
    messages = {
        "q": {"id": "q", "parentId": None, "childrenIds": ["a"], "role": "user", "content": "see", "files": questions},
        "a": {"id": "a", "parentId": "q", "childrenIds": ["r"], "role": "assistant", "content": "seen", "done": True},
        "r": {"id": "r", "parentId": "a", "childrenIds": ["b"], "role": "user", "content": text},
        "b": {"id": "b", "parentId": "r", "childrenIds": [], "role": "assistant", "content": "ok", "done": True},
    }
    return {"title": "Large", "models": ["gpt-test"], "history": {"currentId": "b", "messages": messages}}


def make(person, pictures):
    answer = person.post("/api/v1/chats/new", {"chat": large_chat(pictures)}).json()
    return answer, f"/api/v1/chats/{answer['id']}"


def contents(chat):
    """What the messages say and carry, without what the server notes in them."""
    messages = chat["history"]["messages"]
    return {key: (one["parentId"], one["content"], one.get("files")) for key, one in messages.items()}


def files_of_row(live, chat_id, message_id):
    found = live.backend.execute("SELECT files FROM chat_message WHERE id = ?", f"{chat_id}-{message_id}")[0][0]
    return json_codec.loads(found) if isinstance(found, str) else found


pytestmark = pytest.mark.live


def test_a_large_chat_is_stored_opened_and_listed(ada, live, pictures):
    sent = contents(large_chat(pictures))
    answer, path = make(ada, pictures)
    assert contents(answer["chat"]) == sent
    assert contents(ada.get(path).json()["chat"]) == sent
    assert files_of_row(live, answer["id"], "q") == large_chat(pictures)["history"]["messages"]["q"]["files"]
    assert answer["id"] in [one["id"] for one in ada.get("/api/v1/chats/?page=1").json()]
    kind = live.backend.execute("SELECT chat FROM chat WHERE id = ?", answer["id"])[0][0]
    assert isinstance(kind, (str, dict)), "text on SQLite, json on PostgreSQL"


def test_every_encoding_of_a_large_answer_is_the_same(ada, pictures):
    answer, path = make(ada, pictures)
    for encoding in ("identity", "gzip", "br", "zstd"):
        assert contents(ada.get(path, headers={"Accept-Encoding": encoding}).json()["chat"]) == contents(answer["chat"])


def test_a_turn_in_a_large_chat(ada, live, provider, pictures):
    answer, path = make(ada, pictures)
    provider.say("a new answer")
    _, question, reply = ask(ada, "and now?", chat_id=answer["id"], parent_id="b")
    until(lambda: ada.get(path).json()["chat"]["history"]["messages"].get(reply, {}).get("done"))
    messages = ada.get(path).json()["chat"]["history"]["messages"]
    assert messages[reply]["content"] == "a new answer" and messages[question]["parentId"] == "b"
    assert contents({"history": {"messages": {k: messages[k] for k in "qarb"}}}) == contents(large_chat(pictures))
    sent = provider.chats()[0]["messages"]
    urls = [p["image_url"]["url"] for m in sent if isinstance(m["content"], list) for p in m["content"][1:]]
    assert urls == pictures[:2]
    assert sent[2]["content"] == large_chat(pictures)["history"]["messages"]["r"]["content"]


REFUSING = {
    "sqlite": ["CREATE TRIGGER refusing BEFORE UPDATE OF chat ON chat BEGIN SELECT RAISE(ABORT, 'no'); END"],
    "postgres": [
        "CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        "CREATE TRIGGER refusing BEFORE UPDATE OF chat ON chat FOR EACH ROW EXECUTE FUNCTION refusing()",
    ],
}


@contextlib.contextmanager
def refusing_documents(backend):
    """The database takes rows of messages, but no document."""
    for statement in REFUSING[backend.kind]:
        backend.execute(statement)
    try:
        yield
    finally:
        backend.execute("DROP TRIGGER refusing" + (" ON chat" if backend.kind == "postgres" else ""))


def test_the_provider_is_asked_while_the_turn_is_stored_and_nothing_stays_if_it_is_not(ada, live, provider, pictures):
    answer, path = make(ada, pictures)
    with refusing_documents(live.backend):
        refused, question, reply = ask(ada, "and now?", chat_id=answer["id"], parent_id="b")
    assert refused.status_code >= 500
    until(lambda: len(provider.chats()) == 1)
    assert contents(ada.get(path).json()["chat"]) == contents(large_chat(pictures))
    assert set(rows(live, answer["id"])) == set("qarb")
    assert ada.get(f"/api/tasks/chat/{answer['id']}").json() == {"task_ids": []}
    provider.say("the second time")
    _, question, reply = ask(ada, "and now?", chat_id=answer["id"], parent_id="b")
    ada.wait_kind("chat:completion", done=True)
    _, content, done = rows(live, answer["id"])[reply]
    assert "the second time" in content and done
    told = [p for e, p in ada.events if e == "events" and p["chat_id"] == answer["id"]]
    assert {p["message_id"] for p in told} == {question, reply}, "nothing was said of the turn that was not stored"
    kinds = [p["data"]["type"] for p in told]
    assert kinds.index("chat:active") < kinds.index("response:completion")
    assert len(provider.chats()) == 2, "what was asked ahead is not asked again"


def test_two_models_answer_in_a_large_chat(ada, live, provider, pictures):
    answer, path = make(ada, pictures)
    replies = [{"model_id": "gpt-test", "message_id": one, "modelIdx": n} for n, one in enumerate(("one", "two"))]
    provider.say("an answer", "an answer")
    ask(ada, "both?", chat_id=answer["id"], parent_id="b", message_ids=replies)
    until(lambda: [rows(live, answer["id"]).get(one, ("", "", False))[2] for one in ("one", "two")] == [True, True])
    messages = ada.get(path).json()["chat"]["history"]["messages"]
    assert [messages[one]["content"] for one in ("one", "two")] == ["an answer"] * 2
    assert len(provider.chats()) == 2


def test_saving_editing_and_deleting_in_a_large_chat(ada, pictures):
    answer, path = make(ada, pictures)
    chat = answer["chat"]
    chat["history"]["messages"]["b"]["content"] = "changed in the page"
    saved = ada.post(path, {"chat": {**chat, "title": "Renamed"}}).json()
    assert saved["title"] == "Renamed" and contents(saved["chat"]) == contents(chat)
    edited = ada.post(f"{path}/messages/a", {"content": "edited"}).json()["chat"]
    assert contents(edited)["a"][1] == "edited" and contents(edited)["q"] == contents(chat)["q"]
    left = ada.delete(f"{path}/messages/r").json()["chat"]
    assert set(left["history"]["messages"]) == {"q", "a"} and contents(left)["q"] == contents(chat)["q"]
    assert contents(ada.get(path).json()["chat"]) == contents(left)


def test_copies_of_a_large_chat(ada, pictures):
    answer, path = make(ada, pictures)
    sent = contents(answer["chat"])
    assert contents(ada.post(f"{path}/clone", {"title": "C"}).json()["chat"]) == sent
    assert {k: v[1:] for k, v in contents(ada.post(f"{path}/fork").json()["chat"]).items()} == {
        k: v[1:] for k, v in sent.items()
    }
    shared = ada.post(f"{path}/share").json()["share_id"]
    assert contents(ada.get(f"/api/v1/chats/share/{shared}").json()["chat"]) == sent
    assert contents(ada.post(f"/api/v1/chats/{shared}/clone/shared").json()["chat"]) == sent


def test_a_small_chat_becomes_large(ada, pictures):
    small = large_chat(["data:image/png;base64,AA"] * 3)
    chat_id = ada.post("/api/v1/chats/new", {"chat": small}).json()["id"]
    whole = large_chat(pictures)
    answer = ada.post(f"/api/v1/chats/{chat_id}", {"chat": whole}).json()
    assert contents(answer["chat"]) == contents(whole)
    assert contents(ada.get(f"/api/v1/chats/{chat_id}").json()["chat"]) == contents(whole)


def test_a_change_that_fails_leaves_a_large_chat_as_it_was(ada, live, pictures):
    answer, path = make(ada, pictures)
    refused = ada.post(path, {"chat": {**answer["chat"], "history": {"messages": [1]}}})
    assert refused.status_code == 400
    assert contents(ada.get(path).json()["chat"]) == contents(answer["chat"])
