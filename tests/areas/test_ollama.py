"""Ollama hosts: configuration, models and files, the proxy, conversion of chats (providers.md section 8)."""

import io
import json

import pytest

EVERYONE = {"principal_type": "user", "principal_id": "*", "permission": "read"}
HELLO = [{"role": "user", "content": "hi"}]
LLAMA = "llama-test:latest"


def sent(provider, path):
    return [one["json"] for one in provider.requests if one["path"] == path]


def lines(answer):
    return [json.loads(line) for line in answer.data.decode().splitlines()]


def events(answer):
    return [json.loads(line[6:]) for line in answer.data.decode().splitlines() if line.startswith("data: ")]


def test_the_configuration_keeps_what_belongs_to_a_host(admin, provider):
    body = {"ENABLE_OLLAMA_API": True, "OLLAMA_BASE_URLS": [provider.url], "OLLAMA_API_CONFIGS": {"0": {}, "5": {}}}
    assert admin.post("/ollama/config/update", body).json["OLLAMA_API_CONFIGS"] == {"0": {}}


def test_one_model_on_two_hosts_is_one_entry(admin, provider):
    body = {"ENABLE_OLLAMA_API": True, "OLLAMA_BASE_URLS": [provider.url] * 2, "OLLAMA_API_CONFIGS": {}}
    admin.post("/ollama/config/update", body)
    (entry,) = admin.get("/ollama/api/tags").json["models"]
    assert entry["urls"] == [0, 1]


def test_a_hosts_prefix_tells_its_loaded_models_apart(admin, provider):
    provider.loaded.append(LLAMA)
    body = {"ENABLE_OLLAMA_API": True, "OLLAMA_BASE_URLS": [provider.url] * 2}
    admin.post("/ollama/config/update", {**body, "OLLAMA_API_CONFIGS": {"1": {"prefix_id": "two"}}})
    loaded = {one["model"]: one["urls"] for one in admin.get("/ollama/api/ps").json["models"]}
    assert loaded == {LLAMA: [0], f"two.{LLAMA}": [1]}


def test_a_switched_off_kind_has_no_version(admin, provider):
    body = {"ENABLE_OLLAMA_API": False, "OLLAMA_BASE_URLS": [provider.url], "OLLAMA_API_CONFIGS": {}}
    admin.post("/ollama/config/update", body)
    for path in ("/ollama/api/version", "/ollama/api/version/0"):
        assert admin.get(path).json == {"version": False}


def test_lists_are_filtered_for_users(admin, login, provider):
    ann = login("ann")
    assert ann.get("/ollama/api/tags").json == {"models": []}
    assert ann.get("/ollama/api/tags/0").status_code == 401
    assert ann.get("/ollama/v1/models").json["data"] == []
    admin.post("/api/v1/models/model/access/update", {"id": LLAMA, "access_grants": [EVERYONE]})
    assert [one["model"] for one in ann.get("/ollama/api/tags").json["models"]] == [LLAMA]


def test_the_lowest_version_counts(admin, provider):
    assert admin.get("/ollama/api/version").json == {"version": "0.9.9"}


def test_progress_of_a_pull_passes_as_it_comes(admin, login, provider):
    answer = admin.post("/ollama/api/pull", {"model": "m:1"})
    assert answer.mimetype == "application/x-ndjson"
    assert lines(answer)[-1] == {"status": "success"}
    assert sent(provider, "/api/pull") == [{"model": "m:1", "insecure": True}]
    assert login("ann").post("/ollama/api/pull", {"model": "m:1"}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/ollama/api/copy", {"source": LLAMA, "destination": "c"}),
        ("DELETE", "/ollama/api/delete", {"model": LLAMA}),
    ],
)
def test_copy_and_delete(admin, login, provider, method, path, body):
    assert admin.request(method, path, json=body).json is True
    assert login("ann").request(method, path, json=body).status_code == 401


def test_push_and_delete_of_an_unknown_model(admin, provider):
    assert admin.delete("/ollama/api/push", json={"model": "nope"}).status_code == 400
    assert admin.delete("/ollama/api/delete", json={"model": "nope"}).status_code == 400


@pytest.mark.parametrize("path", ["show", "embed", "generate", "chat"])
def test_using_a_model_needs_access(admin, login, provider, path):
    body = {"model": LLAMA, "input": "x", "prompt": "x", "messages": HELLO, "stream": False}
    assert login("ann").post(f"/ollama/api/{path}", body).status_code == 403
    assert admin.post(f"/ollama/api/{path}", body).status_code == 200
    assert admin.post(f"/ollama/api/{path}", {**body, "model": "nope"}).status_code == 400


def test_a_model_of_another_provider_is_no_model_of_ollama(admin, login, provider):
    body = {"model": "gpt-test", "messages": HELLO}
    assert login("ann").post("/ollama/api/chat", body).status_code == 403
    admin.post("/api/v1/models/model/access/update", {"id": "gpt-test", "access_grants": [EVERYONE]})
    assert login("ann").post("/ollama/api/chat", body).status_code == 400


def test_a_user_may_not_reach_a_host_without_the_model(admin, login, provider):
    ann = login("ann")
    body = {
        "ENABLE_OLLAMA_API": True,
        "OLLAMA_BASE_URLS": [provider.url] * 2,
        "OLLAMA_API_CONFIGS": {"1": {"model_ids": ["other"]}},
    }
    admin.post("/ollama/config/update", body)
    admin.post("/api/v1/models/model/access/update", {"id": LLAMA, "access_grants": [EVERYONE]})
    asked = {"model": LLAMA, "messages": HELLO, "stream": False}
    assert ann.post("/ollama/api/chat/0", asked).status_code == 200
    assert ann.post("/ollama/api/chat/1", asked).status_code == 403


def test_a_host_that_does_not_exist(admin, provider):
    assert admin.post("/ollama/api/chat/9", {"model": LLAMA, "messages": HELLO}).status_code == 404


def test_a_chat_is_streamed_as_it_comes(admin, provider):
    provider.say("hello you")
    answer = admin.post("/ollama/api/chat", {"model": LLAMA, "messages": HELLO})
    assert answer.mimetype == "application/x-ndjson"
    assert "".join(one["message"]["content"] for one in lines(answer)) == "hello you"


def test_a_workspace_models_params_become_options(admin, provider):
    made = {"system": "SYS", "temperature": 0.5, "max_tokens": 7, "think": True, "keep_alive": "5m"}
    admin.post("/api/v1/models/create", {"id": "mine", "name": "M", "base_model_id": LLAMA, "params": made, "meta": {}})
    admin.post("/ollama/api/chat", {"model": "mine", "messages": HELLO, "stream": False})
    assert sent(provider, "/api/chat") == [
        {
            "model": LLAMA,
            "messages": [{"role": "system", "content": "SYS"}, *HELLO],
            "stream": False,
            "think": True,
            "keep_alive": "5m",
            "options": {"temperature": 0.5, "num_predict": 7},
        }
    ]


def test_an_error_becomes_a_detail(admin, provider):
    provider.say({"error": 404, "message": "no such model"})
    answer = admin.post("/ollama/api/chat", {"model": LLAMA, "messages": HELLO})
    assert (answer.status_code, answer.json) == (404, {"detail": "no such model"})


def test_the_openai_format_of_a_host(admin, provider):
    provider.say("hello")
    answer = admin.post("/ollama/v1/chat/completions", {"model": LLAMA, "messages": HELLO})
    assert answer.json["choices"][0]["message"]["content"] == "hello"
    assert admin.post("/ollama/v1/chat/completions", {"model": LLAMA}).status_code == 400


def test_an_uploaded_file_becomes_a_model(admin, login, provider):
    data = {"file": (io.BytesIO(b"GGUF" * 10), "tiny.gguf")}
    answer = admin.post("/ollama/models/upload", data=data, content_type="multipart/form-data")
    progress = events(answer)
    assert progress[0] == {"progress": 100.0, "completed": 40, "total": 40}
    assert progress[-1]["done"] is True
    blob = progress[-1]["blob"]
    assert sent(provider, f"/api/blobs/{blob}") == ["GGUF" * 10]
    assert sent(provider, "/api/create") == [{"model": "tiny", "files": {"tiny.gguf": blob}, "stream": False}]


def test_an_upload_needs_a_file(admin, login):
    assert admin.post("/ollama/models/upload").status_code == 422
    assert login("ann").post("/ollama/models/upload").status_code == 401


@pytest.mark.parametrize(
    "url", ["http://evil.example/x.gguf", "https://huggingface.co.evil.example/x.gguf", "file:///x"]
)
def test_files_come_from_known_places_only(admin, url):
    assert admin.post("/ollama/models/download", {"url": url}).status_code == 400


class TestChats:
    """Chats with an Ollama model, in OpenAI's format on our side."""

    @pytest.fixture
    def reply(self, app, admin, provider):
        from models import database
        from utils.providers import catalog, completions
        from utils.providers.context import Context

        class User:
            id, name, email, role = admin.id, "Admin", "admin@example.com", "admin"

        def ask(**body):
            answer = completions.complete(catalog.usable(User, LLAMA), {"messages": HELLO, **body}, Context(User))
            database.release()
            return answer

        return ask

    def test_a_whole_answer(self, reply, provider):
        provider.say("hello you")
        answer = reply().json()
        assert answer["choices"][0]["message"] == {"role": "assistant", "content": "hello you"}
        assert answer["usage"]["prompt_tokens"] == 3 and answer["usage"]["completion_tokens"] == 2

    def test_a_stream_in_chunks_of_one_id(self, reply, provider):
        provider.say("hello you")
        chunks = [chunk for batch in reply(stream=True).events() for chunk in batch]
        assert len({chunk["id"] for chunk in chunks}) == 1
        assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks] == ["hello ", "you", None]
        assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
        assert chunks[-1]["choices"][0]["finish_reason"] == "stop" and "usage" in chunks[-1]

    def test_tool_calls_come_with_text_arguments_and_ids(self, reply, provider):
        provider.say({"tool_calls": [{"name": "f", "arguments": {"a": 1}}, {"name": "g"}]})
        chunks = [chunk for batch in reply(stream=True).events() for chunk in batch]
        calls = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
        assert [call["function"] for call in calls] == [
            {"name": "f", "arguments": '{"a":1}'},
            {"name": "g", "arguments": "{}"},
        ]
        assert [call["index"] for call in calls] == [0, 1] and calls[0]["id"].startswith("call_")
        assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"

    def test_a_relayed_stream_is_sse(self, reply, provider):
        provider.say("hi")
        text = reply(stream=True).relay().get_data(as_text=True)
        assert text.startswith("data: {") and text.endswith("data: [DONE]\n\n")

    def test_the_request(self, reply, provider):
        call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
        reply(
            messages=[
                {"role": "user", "content": [{"type": "text", "text": "look"}, picture]},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "r"},
            ],
            max_tokens=5,
            stop=["x"],
            options={"num_ctx": 9},
            response_format={"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
            metadata={"x": 1},
        ).close()
        (body,) = sent(provider, "/api/chat")
        assert body == {
            "model": LLAMA,
            "messages": [
                {"role": "user", "content": "look", "images": ["AAAA"]},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}],
                },
                {"role": "tool", "content": "r", "tool_call_id": "c1"},
            ],
            "stream": False,
            "options": {"num_ctx": 9, "num_predict": 5, "stop": ["x"]},
            "format": {"type": "object"},
        }


def test_embeddings_name_the_model_as_its_host_does(admin, provider):
    body = {
        "ENABLE_OLLAMA_API": True,
        "OLLAMA_BASE_URLS": [provider.url],
        "OLLAMA_API_CONFIGS": {"0": {"prefix_id": "O"}},
    }
    admin.post("/ollama/config/update", body)
    answer = admin.post("/api/embeddings", {"model": f"O.{LLAMA}", "input": "x"}).json
    assert answer["model"] == LLAMA and answer["data"][0]["index"] == 0
