"""Pictures of a reply become files; pictures of a question reach the provider as data (chat.md 4.1, 5, 6.2)."""

import base64
import json
import uuid

import pytest
from test_tools import call, ships, turn  # noqa: F401
from test_turn import ada, ask, stored  # noqa: F401
from toolserver import PIXEL

pytestmark = pytest.mark.live

DATA = f"data:image/png;base64,{PIXEL}"
BYTES = base64.b64decode(PIXEL)


def frame(delta):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


def picture(url):
    return {"type": "image_url", "image_url": {"url": url}}


def test_pictures_of_a_stream_are_files_of_the_message(turn, ada, enter):  # noqa: F811
    frames = [frame({"content": "Here: "}), frame({"images": [picture(DATA), picture("https://example.com/x.png")]})]
    reply = turn({"frames": [*frames, frame({"content": "done"}), b"data: [DONE]\n\n"]})
    own, other = reply["files"]
    assert other == {"type": "image", "url": "https://example.com/x.png"}
    assert reply["content"] == "Here: done"
    told = ada.wait_kind("chat:message:files")["data"]["data"]
    assert told == {"files": [own, other]}
    shown = ada.get(own["url"])
    assert (shown.content, shown.headers["Content-Type"]) == (BYTES, "image/png")
    assert enter("bob").get(own["url"]).status_code == 404
    assert DATA not in json.dumps(ada.events)


def test_pictures_of_a_whole_answer_are_files_too(turn, ada, provider):  # noqa: F811
    reply = turn({"text": "Here", "images": [picture(DATA)]}, stream=False)
    assert reply["content"] == "Here"
    assert ada.get(reply["files"][0]["url"]).content == BYTES


def test_a_picture_of_a_tool_is_a_file_and_shown_to_the_model(turn, ada, ships, provider):  # noqa: F811
    reply = turn({"tool_calls": [call("picture")]}, "ok", tool_ids=["server:ships"])
    result = next(item for item in reply["output"] if item["type"] == "function_call_output")
    url = result["output"][1]["image_url"]
    assert url.startswith("/api/v1/files/")
    assert ada.get(url).content == BYTES
    assert provider.chats()[1]["messages"][-1]["content"][1]["image_url"]["url"] == DATA


def test_an_attached_picture_is_sent_as_data(live, ada, provider):  # noqa: F811
    sent = ada.request("POST", "/api/v1/files/", files={"file": ("p.png", BYTES, "image/png")}).json()
    item = {"type": "image", "id": sent["id"], "url": sent["id"], "content_type": "image/png", "name": "p.png"}
    ada.events.clear()
    message = {"id": "q-1", "parentId": None, "role": "user", "content": "what is this", "files": [item]}
    answer, _, _ = ask(ada, "", user_message=message)
    ada.wait_kind("chat:active", active=False)
    parts = provider.chats()[-1]["messages"][-1]["content"]
    assert parts[-1] == {"type": "image_url", "image_url": {"url": DATA}}
    assert live.backend.execute("SELECT count(*) FROM chat_file WHERE file_id = ?", sent["id"]) == [(0,)]
    assert stored(ada, answer.json()["chat_id"])["messages"]["q-1"]["files"] == [item]


@pytest.mark.parametrize("file", [{"id": "f1", "url": "nope"}, {"url": "nope"}])
def test_attached_pictures_are_named_before_the_question(ada, provider, file):  # noqa: F811
    about = {"id": str(uuid.uuid4()), "parentId": None, "role": "user", "content": "look"}
    ask(ada, "look", user_message={**about, "files": [{"type": "image", **file}]})
    ada.wait_kind("chat:active", active=False)
    first, said, picture = provider.chats()[0]["messages"][0]["content"]
    named = file.get("id", "nope")
    assert first["text"] == f'<attached_files>\n<file type="image" id="{named}" url="nope"/>\n</attached_files>\n\n'
    assert said == {"type": "text", "text": "look"} and picture["image_url"]["url"] == "nope"
