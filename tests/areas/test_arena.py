"""Arena models: a member is drawn for each reply, and said (chat.md section 10)."""

import json

import pytest
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live


@pytest.fixture
def arena(ada):  # noqa: F811
    """Puts one arena model with this meta; its id is "ar"."""
    before = ada.get("/api/v1/evaluations/config").json()

    def put(**meta):
        model = {"id": "ar", "name": "Arena", "meta": {"description": "d", **meta}}
        body = {"ENABLE_EVALUATION_ARENA_MODELS": True, "EVALUATION_ARENA_MODELS": [model]}
        assert ada.post("/api/v1/evaluations/config", body).status_code == 200

    yield put
    ada.post("/api/v1/evaluations/config", before)


@pytest.mark.parametrize("streamed", [True, False])
def test_the_member_is_said_and_kept(ada, arena, provider, streamed):  # noqa: F811
    arena(model_ids=["gpt-small"])
    answer, _, reply = ask(ada, "hi", model="ar", stream=streamed)
    ada.wait_kind("chat:active", active=False)
    kept = stored(ada, answer.json()["chat_id"])["messages"][reply]
    assert (kept["model"], kept["selectedModelId"], kept["content"]) == ("ar", "gpt-small", "You said: hi")
    assert provider.chats()[0]["model"] == "gpt-small"
    told = [p["data"]["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "chat:completion"]
    (said,) = [one for one in told if "selected_model_id" in one]
    assert said["selected_model_id"] == "gpt-small" and ("choices" in said) is not streamed


@pytest.mark.parametrize("streamed", [True, False])
def test_an_api_client_is_told_too(ada, arena, streamed):  # noqa: F811
    arena(model_ids=["gpt-test", "llama-test:latest"], filter_mode="exclude")
    body = {"model": "ar", "stream": streamed, "messages": [{"role": "user", "content": "hi"}]}
    answer = ada.post("/api/chat/completions", body)
    said = json.loads(answer.text.splitlines()[0].removeprefix("data: ")) if streamed else answer.json()
    assert said["selected_model_id"] == "gpt-small"


def test_one_without_members_is_refused(ada, arena, provider):  # noqa: F811
    arena(model_ids=["nope"])
    body = {"model": "ar", "messages": [{"role": "user", "content": "hi"}], "input": "hi"}
    for path in ("/api/chat/completions", "/api/embeddings"):
        assert ada.post(path, body).status_code == 400
    assert not provider.requests or not provider.chats()


def test_embeddings_of_a_member(ada, arena, provider):  # noqa: F811
    arena(model_ids=["gpt-small"])
    assert ada.post("/api/embeddings", {"model": "ar", "input": "hi"}).status_code == 200
    assert provider.requests[-1]["json"]["model"] == "gpt-small"
