"""Providers that send what they should not, and what must not reach them (providers.md sections 3 and 4)."""

import itertools
import json
import pathlib
import random

import pytest
from bent import bent
from test_turn import ada, ask, rows, stored, until  # noqa: F401

pytestmark = pytest.mark.live

HELLO = [{"role": "user", "content": "hello"}]


def said(text):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"


def worker_peak(live):
    """The most memory that the process under the master has held, in MB."""
    children = pathlib.Path(f"/proc/{live.process.pid}/task/{live.process.pid}/children").read_text().split()
    status = pathlib.Path(f"/proc/{children[0]}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def reply_of(person, chat_id, message_id):
    person.wait_kind("chat:active", active=False, seconds=60)
    return stored(person, chat_id)["messages"][message_id]


def test_a_line_of_a_hundred_megabytes_ends_the_reply_and_keeps_its_text(live, ada, provider):  # noqa: F811
    before = worker_peak(live)
    endless = itertools.chain([said("so far "), b"data: "], itertools.repeat(b"x" * 2**20, 100))
    provider.say({"frames": endless})
    answer, _, reply = ask(ada, "flood")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    assert message["done"] is True and message["error"]["content"]
    assert message["content"].strip() == "so far"
    # the line is given up at 64 MB, and held at most twice
    assert worker_peak(live) - before < 160
    assert ada.get("/api/v1/auths/").status_code == 200


def test_a_whole_answer_without_end_is_given_up(live, ada, provider):  # noqa: F811
    before = worker_peak(live)
    provider.say({"frames": itertools.repeat(b" " * 2**20, 400), "content_type": "application/json"})
    answer = ada.post("/api/chat/completions", {"model": "gpt-test", "messages": HELLO, "stream": False}, timeout=60)
    assert answer.status_code >= 400
    assert worker_peak(live) - before < 250


def test_a_provider_that_says_nothing_without_end_can_be_stopped(live, ada, provider):  # noqa: F811
    provider.say({"frames": itertools.chain([said("word")], itertools.repeat(b": still here\n\n")), "delay": 0.001})
    answer, _, reply = ask(ada, "never end")
    chat_id = answer.json()["chat_id"]
    ada.wait(lambda _, payload: "word" in json.dumps(payload))
    ada.post(f"/api/tasks/chat/{chat_id}/stop")
    assert reply_of(ada, chat_id, reply)["content"] == "word"
    assert ada.get(f"/api/tasks/chat/{chat_id}").json() == {"task_ids": []}


def test_an_answer_without_its_end_is_whole(live, ada, provider):  # noqa: F811
    provider.say({"frames": [said("all of "), said("it")[:-2]]})
    answer, _, reply = ask(ada, "no end mark")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    assert message["content"] == "all of it" and message["done"] is True and "error" not in message


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u0000nul", "\ud83d lone", "\u2028 line"])
def test_odd_text_is_kept_as_text(live, ada, provider, text):  # noqa: F811
    provider.say({"frames": [said("a"), said(text), said("b"), b"data: [DONE]\n\n"]})
    answer, _, reply = ask(ada, "odd")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    expected = "a" + text.replace("\0", "").encode("utf-8", "replace").decode().replace("\ud83d", "?") + "b"
    assert message["content"].replace("\ufffd", "?") == expected
    assert message["content"] in rows(live, answer.json()["chat_id"])[reply][1]


def test_broken_utf8_is_replaced(live, ada, provider):  # noqa: F811
    provider.say({"frames": [said("go~od").replace(b"~", b"\xff\xfe"), b"data: [DONE]\n\n"]})
    answer, _, reply = ask(ada, "broken")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    assert message["content"].startswith("go") and message["content"].endswith("od") and "error" not in message


def test_what_is_for_the_server_does_not_reach_the_provider(ada, provider):  # noqa: F811
    secret = {"metadata": {"secret": 1}, "chat_id": None, "features": {"memory": True}, "variables": {"{{X}}": "y"}}
    inner = {"filter_ids": ["f"], "skill_ids": [], "background_tasks": {}, "model_item": {}, "tool_servers": []}
    ada.post("/api/chat/completions", {"model": "gpt-test", "messages": HELLO, **secret, **inner})
    (sent,) = provider.chats()
    assert set(sent) <= {"model", "messages", "stream"}
    assert ada.token not in json.dumps(provider.requests)


def test_the_providers_key_stays_here(live, ada, provider):  # noqa: F811
    for status in (401, 500):
        provider.say({"error": status, "message": "no"})
        answer = ada.post("/api/chat/completions", {"model": "gpt-test", "messages": HELLO})
        assert answer.status_code == status and "provider-key" not in answer.text + str(answer.headers)
    assert provider.requests[-1]["headers"]["Authorization"] == "Bearer provider-key"
    assert "provider-key" not in live.log() and "provider-key" not in ada.get("/api/models").text


def test_nothing_can_be_added_to_the_headers(live, ada, enter, provider):  # noqa: F811
    config = ada.get("/openai/config").json()
    headers = {"X-Who": "{{USER_NAME}} of {{CHAT_ID}}", "X-Agent": "{{USER_AGENT}}"}
    ada.post("/openai/config/update", {**config, "OPENAI_API_CONFIGS": {"0": {"enable": True, "headers": headers}}})
    before = ada.get("/api/v1/auths/").json()
    profile = {"profile_image_url": "", "bio": None, "gender": None, "date_of_birth": None}
    ada.post("/api/v1/auths/update/profile", {**profile, "name": "Ada\r\nX-Evil: 1\u00e9"})
    try:
        evil = {"model": "gpt-test", "messages": HELLO, "chat_id": "temporary:x\r\nX-Evil: 2", "id": "m"}
        ada.post("/api/chat/completions", evil)
        ada.post("/api/chat/completions", {"model": "gpt-test", "messages": HELLO})
        for request in provider.requests:
            assert not any("evil" in name.lower() for name in request["headers"])
        assert "%C3%A9" in provider.requests[-1]["headers"]["X-Who"]
    finally:
        ada.post("/api/v1/auths/update/profile", {**profile, "name": before["name"]})
        ada.post("/openai/config/update", config)


def frame(**chunk):
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def delta(value):
    return frame(choices=[{"index": 0, "delta": value}])


def item(**values):
    return frame(type="response.output_item.added", output_index=0, item=values)


@pytest.mark.parametrize(
    "odd",
    [
        [delta("text"), delta(5), delta({"tool_calls": [5, {"function": 5}]}), delta({"reasoning_details": [5]})],
        [frame(choices=[5]), frame(choices=5), frame(usage={"prompt_tokens": "many", "completion_tokens": [1]})],
        [frame(timings={"prompt_n": "some", "cache_n": 1}), frame(usage=[1], choices=[])],
    ],
)
def test_what_has_another_form_than_it_should_is_passed_over(live, ada, provider, odd):  # noqa: F811
    provider.say({"frames": [*odd, said("well said"), b"data: [DONE]\n\n"], "to": "odd"})
    answer, _, reply = ask(ada, "odd")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    # of the first round: what was no call is answered, and the model asked again
    assert (message["content"].splitlines()[0], message["done"], message.get("error")) == ("well said", True, None)


@pytest.mark.parametrize(
    "odd",
    [
        item(type="message", id="m", role="assistant", content=[5, None, {"type": "output_text", "text": 5}]),
        item(type="message", id="m", role="assistant", content=5),
        item(type="message", id={}, role="assistant", content=[]) + frame(type="response.content_part.added", part=5),
    ],
)
def test_items_of_another_form_are_mended(live, ada, provider, odd):  # noqa: F811
    text = frame(type="response.output_text.delta", output_index=0, content_index=0, item_id="m", delta="well said")
    end = frame(type="response.completed", response={"id": "r", "output": 5, "usage": {"input_tokens": "many"}})
    provider.say({"frames": [odd, text, end, b"data: [DONE]\n\n"], "to": "odd"})
    answer, _, reply = ask(ada, "odd")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    assert (message["content"], message["done"], message.get("error")) == ("well said", True, None)


_CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_THOUGHT = {"type": "reasoning.text", "text": "x", "index": 0}
_DELTA = {
    "role": "assistant",
    "content": "hi",
    "reasoning": "r",
    "reasoning_details": [_THOUGHT],
    "tool_calls": [_CALL],
}
_TEXT = {"type": "output_text", "text": "x"}
_FORMS = [
    {"choices": [{"index": 0, "delta": _DELTA}], "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"a": 1}}},
    {"timings": {"prompt_n": 1, "cache_n": 2}, "event": {"type": "status", "data": {}}, "sources": [{"a": 1}]},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": [_TEXT]}},
    {"type": "response.output_item.done", "output_index": 0, "item": {"type": "reasoning", "summary": [_TEXT]}},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "m", "delta": "x"},
    {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "x"},
    {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": _TEXT},
    {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": "x"},
    {"type": "response.completed", "response": {"output": [{"type": "message"}], "usage": {"input_tokens": 1}}},
]


@pytest.mark.parametrize("seed", range(4))
def test_no_frame_of_any_form_ends_a_reply(live, ada, provider, seed):  # noqa: F811
    rng = random.Random(seed)
    frames = [b"data: " + json.dumps(bent(rng, rng.choice(_FORMS))).encode() + b"\n\n" for _ in range(300)]
    provider.say({"frames": [*frames, b"data: [DONE]\n\n"], "to": "odd"})
    answer, _, reply = ask(ada, "odd")
    message = reply_of(ada, answer.json()["chat_id"], reply)
    assert (message["done"], message.get("error")) == (True, None)
