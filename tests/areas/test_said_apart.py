"""What models say apart from their text: thinking in tags and fields, citations, events, odd ends (chat.md 5 and 9)."""

import json

import pytest
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live


@pytest.fixture
def reply(ada, provider):  # noqa: F811
    """The stored reply to a question that this script answers."""

    def get(script, **options):
        provider.say(script)
        answer, _, message = ask(ada, "hi", **options)
        ada.wait_kind("chat:active", active=False)
        return stored(ada, answer.json()["chat_id"])["messages"][message]

    return get


def frames(*chunks):
    return {"frames": [b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks]}


def deltas(*given):
    return frames(*({"choices": [{"index": 0, "delta": delta}]} for delta in given))


def texts(*pieces):
    return deltas(*({"content": piece} for piece in pieces))


def shape(kept):
    """The items as (type, text)."""
    return [(one["type"], "".join(part["text"] for part in one["content"])) for one in kept["output"]]


@pytest.mark.parametrize(
    ("pieces", "items"),
    [
        (["<think>\n\n</think>\n\nYes"], [("message", "Yes")]),
        (["<think>", "</think>", "Yes"], [("message", "Yes")]),
        (["<thin", 'k time="1" x="2', '">a</think>b'], [("reasoning", "a"), ("message", "b")]),
        (["<|begin_of_solution|>a<|end_of", "_solution|>b"], [("message", "a"), ("message", "b")]),
        (["a <think b"], [("message", "a <think b")]),
        (["<thinker>a"], [("message", "<thinker>a")]),
        (["<think ", "x" * 300, ">a"], [("message", "<think " + "x" * 300 + ">a")]),
    ],
)
def test_tags_in_text(reply, pieces, items):
    assert shape(reply(texts(*pieces))) == items


def test_attributes_of_a_tag_are_kept(reply):
    thought, _ = reply(texts('<think time="1" x="2">a</think>b'))["output"]
    assert thought["attributes"] == {"time": "1", "x": "2"} and thought["start_tag"] == "<think>"


def test_thinking_that_comes_back_is_one_with_the_first(ada, reply):  # noqa: F811
    """Providers that think between the words do not break the text into pieces."""
    said = ({"reasoning": " a"}, {"content": "c"}, {"reasoning": "b "}, {"content": "d"})
    kept = reply(deltas(*said))
    assert shape(kept) == [("reasoning", " ab "), ("message", "cd")] and kept["content"] == "cd"
    told = [p["data"]["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "response:completion"]
    ended = next(one["item"] for one in told if one["type"] == "response.output_item.done")
    later = [one for one in told[told.index(next(o for o in told if o.get("item") is ended)) :] if "delta" in one]
    assert ended["content"][0]["text"] == " a"
    assert [(one["delta"], one["output_index"]) for one in later] == [("c", 1), ("b ", 0), ("d", 1)]


def test_cited_pages_are_sources_of_the_message(ada, reply):  # noqa: F811
    citations = [{"url": "http://a", "title": "A"}, {"url": "http://b"}, {"title": "no address"}]
    notes = [{"type": "url_citation", "url_citation": one} for one in citations] + [{"type": "other"}, 5]
    kept = reply(deltas({"content": "x", "annotations": notes}))
    assert [(one["source"]["name"], one["metadata"][0]["source"]) for one in kept["sources"]] == [
        ("A", "http://a"),
        ("http://b", "http://b"),
    ]
    assert ada.wait_kind("source", document=["A"])


def test_events_of_a_server_of_pipelines(ada, reply):  # noqa: F811
    status = {"type": "status", "data": {"description": "searching", "done": True}}
    odd = [{"type": "chat:title", "data": "mine"}, {"type": "execute", "data": {"code": "1"}}, {"type": "status"}, 5]
    kept = reply(
        frames({"event": status}, *({"event": one} for one in odd), {"choices": [{"delta": {"content": "x"}}]})
    )
    assert kept["statusHistory"] == [status["data"]] and kept["content"] == "x"
    assert ada.wait_kind("status", description="searching")
    assert not {"chat:title", "execute"} & set(ada.kinds())


def test_an_error_under_a_status_of_success(ada, reply):  # noqa: F811
    error = {"message": "no", "code": 5}
    kept = reply({"error": 200, "raw": json.dumps({"error": error}), "content_type": "application/json"})
    assert kept["error"] == {"content": error} and kept["done"] is True


@pytest.mark.parametrize("raw", ["", "null"])
def test_an_error_without_words_names_its_status(reply, raw):
    kept = reply({"error": 503, "raw": raw, "content_type": "application/json"})
    assert "503" in kept["error"]["content"]
