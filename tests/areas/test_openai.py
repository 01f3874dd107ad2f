"""OpenAI-type providers: connections, the raw proxy, hostile answers (providers.md sections 2 to 6)."""

import json

import pytest

EVERYONE = {"principal_type": "user", "principal_id": "*", "permission": "read"}
HELLO = [{"role": "user", "content": "hi"}]
URL = "/openai/chat/completions"


def connect(admin, provider, config, url=None):
    body = {
        "ENABLE_OPENAI_API": True,
        "OPENAI_API_BASE_URLS": [url or provider.url + "/v1"],
        "OPENAI_API_KEYS": ["secret-key"],
        "OPENAI_API_CONFIGS": {"0": config},
    }
    assert admin.post("/openai/config/update", body).status_code == 200


def frame(**values):
    return b"data: " + json.dumps(values).encode() + b"\n\n"


def word(text):
    return frame(choices=[{"index": 0, "delta": {"content": text}}])


def sent(provider):
    return provider.requests[-1]


def ask(admin, **values):
    return admin.post(URL, {"model": "gpt-test", "messages": HELLO, **values})


def test_the_configuration_is_cleaned_and_given_back(admin):
    body = {
        "ENABLE_OPENAI_API": True,
        "OPENAI_API_BASE_URLS": ["http://a/v1", "http://b/v1"],
        "OPENAI_API_KEYS": ["x"],
        "OPENAI_API_CONFIGS": {"0": {"enable": False}, "7": {}},
    }
    answer = admin.post("/openai/config/update", body).json
    assert answer["OPENAI_API_KEYS"] == ["x", ""]
    assert answer["OPENAI_API_CONFIGS"] == {"0": {"enable": False}}
    assert admin.get("/openai/config").json == answer


def test_the_configuration_is_for_administrators(login):
    assert login("ann").get("/openai/config").status_code == 401


def test_an_answer_passes_unchanged(admin, provider):
    provider.say("hello you")
    answer = ask(admin, foo=1, metadata={"secret": 1})
    assert answer.json["choices"][0]["message"]["content"] == "hello you"
    assert sent(provider)["json"] == {"model": "gpt-test", "messages": HELLO, "foo": 1}
    assert sent(provider)["headers"]["Authorization"] == "Bearer provider-key"


def test_the_callers_own_key_never_reaches_the_provider(admin, provider):
    ask(admin)
    assert admin.token not in str(sent(provider))


def test_a_stream_passes_byte_for_byte(admin, provider):
    provider.say({"frames": [b": hi\n\n", b'data: {"a":', b" 1}\r\n\r\n", b"garbage\n", b"data: [DONE]\n\n"]})
    answer = ask(admin, stream=True)
    assert answer.mimetype == "text/event-stream"
    assert answer.data == b': hi\n\ndata: {"a": 1}\r\n\r\ngarbage\ndata: [DONE]\n\n'


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_an_error_keeps_the_providers_words(admin, provider, status):
    provider.say({"error": status, "message": "too fast", "headers": {"Retry-After": "7", "X-Secret": "1"}})
    answer = ask(admin)
    assert answer.status_code == status
    assert answer.json == {"error": {"message": "too fast", "type": "server_error"}}
    assert answer.headers["Retry-After"] == "7" and "X-Secret" not in answer.headers


def test_an_error_in_plain_text_stays_plain(admin, provider):
    provider.say({"error": 502, "raw": "<html>bad gateway</html>", "content_type": "text/html"})
    answer = ask(admin)
    assert (answer.status_code, answer.mimetype) == (502, "text/plain")


def test_a_provider_that_is_not_there(admin, provider):
    ask(admin)
    connect(admin, provider, {"model_ids": ["gpt-test"]}, "http://127.0.0.1:1/v1")
    answer = ask(admin)
    assert answer.status_code == 500 and "detail" in answer.json


def test_a_cut_line_ends_with_an_error_frame(admin, provider):
    provider.say({"text": "one two three", "drop_after": 2})
    text = ask(admin, stream=True).data.decode()
    assert "one " in text and '"error"' in text and text.endswith("data: [DONE]\n\n")


def test_who_may_use_which_model(admin, login, provider):
    ann = login("ann")
    assert ann.post(URL, {"model": "gpt-test", "messages": HELLO}).status_code == 403
    assert ann.post(URL, {"model": "nope", "messages": HELLO}).status_code == 403
    assert admin.post(URL, {"model": "nope", "messages": HELLO}).status_code == 404
    admin.post("/api/v1/models/model/access/update", {"id": "gpt-test", "access_grants": [EVERYONE]})
    assert ann.post(URL, {"model": "gpt-test", "messages": HELLO}).status_code == 200


def test_a_workspace_models_params_and_prompt(admin, provider):
    made = {"system": "You are {{USER_NAME}}'s", "temperature": 0.5, "stop": ["a\\n"], "custom_params": {"foo": "[1]"}}
    body = {"id": "mine", "name": "M", "base_model_id": "gpt-test", "params": made, "meta": {}}
    admin.post("/api/v1/models/create", body)
    admin.post(URL, {"model": "mine", "messages": [{"role": "system", "content": "own"}, *HELLO], "top_p": 1})
    assert sent(provider)["json"] == {
        "model": "gpt-test",
        "messages": [{"role": "system", "content": "You are Admin's\nown"}, *HELLO],
        "top_p": 1,
        "temperature": 0.5,
        "stop": ["a\n"],
        "foo": [1],
    }


def test_newer_models_get_their_own_names_for_things(admin, provider):
    connect(admin, provider, {"model_ids": ["o3-mini", "gpt-test"]})
    ask(admin, model="o3-mini", max_tokens=5, messages=[{"role": "system", "content": "s"}])
    assert sent(provider)["json"]["max_completion_tokens"] == 5
    assert sent(provider)["json"]["messages"][0]["role"] == "developer"
    ask(admin, max_completion_tokens=5)
    assert sent(provider)["json"]["max_tokens"] == 5


def test_a_prefix_is_taken_off(admin, provider):
    connect(admin, provider, {"prefix_id": "p"})
    ask(admin, model="p.gpt-test")
    assert sent(provider)["json"]["model"] == "gpt-test"


def test_custom_headers_are_filled_and_harmless(admin, provider):
    headers = {
        "X-Who": "{{USER_NAME}} {{MODEL_ID}} {{CHAT_ID}}|é",
        "X-Split": "a\r\nX-Evil: 1",
        "X-Number": 5,
        "Bad Name": "x",
        "Host": "evil",
    }
    connect(admin, provider, {"headers": headers, "prefix_id": "p"})
    ask(admin, model="p.gpt-test")
    got = sent(provider)["headers"]
    assert got["X-Who"] == "Admin p.gpt-test |%C3%A9"
    assert "X-Evil" not in got and got["X-Split"] == "a%0D%0AX-Evil: 1" and got["Host"] != "evil"
    assert got["X-Number"] == "5"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("none", None), ("bearer", "Bearer secret-key"), ("session", "Bearer {token}"), ("odd", None)],
)
def test_kinds_of_credentials(admin, provider, kind, expected):
    connect(admin, provider, {"auth_type": kind})
    ask(admin)
    wanted = expected and expected.format(token=admin.token)
    assert sent(provider)["headers"].get("Authorization") == wanted


def test_who_asks_is_told_when_the_operator_wants_it(admin, provider, backend):
    import config
    from utils.settings import environment

    environment.use(config.load({**backend.environ, "ENABLE_FORWARD_USER_INFO_HEADERS": "true"}))
    ask(admin)
    got = sent(provider)["headers"]
    assert got["X-OpenWebUI-User-Email"] == "admin@example.com" and got["X-OpenWebUI-User-Role"] == "admin"


def test_azure_deployments(admin, provider):
    connect(
        admin, provider, {"provider": "azure", "api_version": "2024-10-01", "model_ids": ["gpt-test"]}, provider.url
    )
    ask(admin, temperature=0.5, foo=1)
    request = sent(provider)
    assert request["path"] == "/openai/deployments/gpt-test/chat/completions?api-version=2024-10-01"
    assert request["headers"]["api-key"] == "secret-key"
    assert request["json"] == {"messages": HELLO, "temperature": 0.5}


def test_an_azure_name_cannot_lead_elsewhere(admin, provider):
    connect(admin, provider, {"provider": "azure", "model_ids": ["../x"]}, provider.url)
    assert ask(admin, model="../x").status_code == 400


def test_chats_over_the_responses_api(admin, provider):
    connect(admin, provider, {"api_type": "responses"})
    provider.say("said so")
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = ask(
        admin,
        messages=[
            {"role": "system", "content": "sys"},
            *HELLO,
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "result"},
        ],
        max_tokens=5,
        stop=["x"],
    )
    assert answer.json["choices"][0]["message"]["content"] == "said so"
    request = sent(provider)
    assert request["path"] == "/v1/responses"
    assert request["json"] == {
        "model": "gpt-test",
        "instructions": "sys",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "result"},
        ],
        "max_output_tokens": 5,
    }


def test_the_responses_proxy(admin, login, provider):
    provider.say("said so")
    answer = admin.post("/openai/responses", {"model": "gpt-test", "input": "hi", "extra": 1})
    assert answer.json["id"] == "resp_1"
    assert sent(provider)["json"] == {"model": "gpt-test", "input": "hi", "extra": 1}
    assert login("ann").post("/openai/responses", {"model": "gpt-test", "input": "x"}).status_code == 403


def test_switched_off(admin, provider):
    connect(admin, provider, {})
    admin.post(
        "/openai/config/update",
        {"ENABLE_OPENAI_API": False, "OPENAI_API_BASE_URLS": [], "OPENAI_API_KEYS": [], "OPENAI_API_CONFIGS": {}},
    )
    assert ask(admin).status_code == 503


def test_a_trial_call(admin, login, provider):
    answer = admin.post("/openai/verify", {"url": provider.url + "/v1", "key": "k"})
    assert [one["id"] for one in answer.json["data"]] == ["gpt-test", "gpt-small"]
    assert admin.post("/openai/verify", {"url": "http://127.0.0.1:1", "key": "k"}).status_code == 500
    assert admin.post("/openai/verify", {"url": provider.url + "/no", "key": "k"}).status_code == 404
    assert login("ann").post("/openai/verify", {"url": provider.url, "key": "k"}).status_code == 401


def test_other_paths_are_closed_unless_opened(admin, provider, backend):
    assert admin.post("/openai/moderations", {"model": "gpt-test"}).status_code == 403
    import config
    from utils.settings import environment

    environment.use(config.load({**backend.environ, "ENABLE_OPENAI_API_PASSTHROUGH": "true"}))
    admin.post("/openai/embeddings?x=1", {"model": "gpt-test", "input": "a"})
    assert sent(provider)["path"] == "/v1/embeddings?x=1"
    assert admin.post("/openai/a/../../admin", {"model": "gpt-test"}).status_code in (400, 403, 404, 405)


def test_passing_on_needs_access_to_the_model(admin, login, provider, backend):
    import config
    from utils.settings import environment

    ann = login("ann")
    environment.use(config.load({**backend.environ, "ENABLE_OPENAI_API_PASSTHROUGH": "true"}))
    assert ann.post("/openai/embeddings", {"model": "gpt-test", "input": "a"}).status_code == 403
    assert ann.get("/openai/files").status_code == 403


def test_management_is_for_servers_that_have_it(admin, provider):
    assert admin.get("/openai/models/0/catalog").status_code == 400
    assert admin.get("/openai/models/9/catalog").status_code == 404
    assert admin.post("/openai/models/x/load", {}).status_code == 422


def test_embeddings(admin, provider):
    answer = admin.post("/api/v1/embeddings", {"model": "gpt-test", "input": ["a", "b"]})
    assert [one["index"] for one in answer.json["data"]] == [0, 1]
    answer = admin.post("/api/embeddings", {"model": "llama-test:latest", "input": "a"})
    assert answer.json["data"] == [{"object": "embedding", "embedding": [0.1, 0.2], "index": 0}]


class TestChunks:
    """What the pipeline is given of a stream: `Reply.events`."""

    @pytest.fixture
    def chunks(self, app, admin, provider):
        from models import database
        from utils.providers import catalog, completions
        from utils.providers.context import Context

        class User:
            id, name, email, role = admin.id, "Admin", "admin@example.com", "admin"

        def read(frames, model="gpt-test"):
            provider.say({"frames": frames})
            body = {"messages": HELLO, "stream": True}
            reply = completions.complete(catalog.usable(User, model), body, Context(User))
            found = [chunk for batch in reply.events() for chunk in batch]
            database.release()
            return found

        return read

    def texts(self, chunks):
        return [chunk["choices"][0]["delta"]["content"] for chunk in chunks if "choices" in chunk]

    def test_a_character_split_between_reads(self, chunks):
        whole = word("grüße")
        assert self.texts(chunks([whole[:52], whole[52:53], whole[53:]])) == ["grüße"]

    def test_line_ends_of_either_kind_and_no_end_mark(self, chunks):
        assert self.texts(chunks([word("a").replace(b"\n", b"\r\n"), word("b")[:-2]])) == ["a", "b"]

    def test_several_frames_in_one_piece(self, chunks):
        assert self.texts(chunks([word("a") + word("b")])) == ["a", "b"]

    def test_garbage_and_broken_utf8(self, chunks):
        broken = word("xy").replace(b"y", b"\xff")
        found = self.texts(chunks([b"<html>\n", b"data: {oops\n\n", b"event: x\n\n", b"data: 5\n\n", broken]))
        assert found == ["x\ufffd"]

    def test_error_frames_and_lines(self, chunks):
        found = chunks([frame(error={"message": "late"}), b'{"error": "bare"}\n', word("on")])
        assert [one.get("error") for one in found] == [{"message": "late"}, "bare", None]

    def test_nothing_after_the_end_mark(self, chunks):
        assert self.texts(chunks([word("a"), b"data: [DONE]\n\n", word("late")])) == ["a"]

    def test_a_line_without_end_is_bounded(self, chunks, monkeypatch):
        from utils.providers import frames
        from utils.providers.errors import ProviderError

        monkeypatch.setattr(frames, "LONGEST_LINE", 100_000)
        with pytest.raises(ProviderError):
            chunks([b"data: " + b"x" * 50_000] * 4)

    def test_a_line_over_the_configured_size_is_dropped(self, chunks, backend):
        import config
        from utils.settings import environment

        environment.use(config.load({**backend.environ, "CHAT_STREAM_RESPONSE_CHUNK_MAX_BUFFER_SIZE": "1000"}))
        assert self.texts(chunks([word("a"), word("x" * 5000), word("b")])) == ["a", "b"]


@pytest.mark.live
def test_a_client_that_leaves_ends_a_silent_stream(live, provider):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        connect(live.admin, provider, {"model_ids": ["quiet"]}, url)
        body = json.dumps({"model": "quiet", "messages": HELLO, "stream": True})
        head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live.admin.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client = socket.create_connection(("127.0.0.1", live.port), timeout=10)
        client.sendall(head.encode() + body.encode())
        upstream, _ = silent.accept()
        received = b""
        while not received.endswith(b"}"):
            received += upstream.recv(65536)
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        upstream.sendall(answer + b"8\r\n: wait\n\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        client.close()
        upstream.settimeout(5)
        assert upstream.recv(1) == b""
        upstream.close()
    connect(live.admin, provider, {})
