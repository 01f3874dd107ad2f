"""What of params, prompts and messages reaches the provider (chat.md 4.1 to 4.3), and where the raw proxies differ."""

import pytest
from test_openai import HELLO, connect, sent

CHAT, RAW = "/api/chat/completions", "/openai/chat/completions"
OLLAMA = "llama-test:latest"


def ask(admin, path=CHAT, **values):
    return admin.post(path, {"model": "gpt-test", "messages": HELLO, **values})


def make(admin, params, base="gpt-test", **values):
    body = {"id": "mine", "name": "Mine", "base_model_id": base, "params": params, "meta": {}, **values}
    assert admin.post("/api/v1/models/create", body).status_code == 200


@pytest.fixture
def defaults(admin):
    """Sets the server's default params of all models."""

    def put(params):
        known = admin.get("/api/v1/configs/models").json
        assert admin.post("/api/v1/configs/models", {**known, "DEFAULT_MODEL_PARAMS": params}).status_code == 200

    return put


@pytest.mark.parametrize("path", [CHAT, RAW])
@pytest.mark.parametrize(
    ("given", "goes_out"), [("5:200, 6:-300", {"5": 100, "6": -100}), ({"5": 500}, {"5": 500}), ("", "")]
)
def test_biases_of_tokens(admin, provider, path, given, goes_out):
    assert ask(admin, path, logit_bias=given).status_code == 200
    assert sent(provider)["json"]["logit_bias"] == goes_out


@pytest.mark.parametrize("path", [CHAT, RAW])
@pytest.mark.parametrize("given", ["5", "5:x", "5:1.5", ["5"], 5])
def test_a_bias_that_cannot_be_read_is_refused(admin, provider, path, given):
    assert ask(admin, path, logit_bias=given).status_code == 400
    assert not provider.chats()


def test_a_bias_among_the_params_is_read_too(admin, provider):
    ask(admin, params={"logit_bias": "5:7"})
    assert sent(provider)["json"]["logit_bias"] == {"5": 7}


@pytest.mark.parametrize(
    ("model", "newer"),
    [("o1", True), ("O3-mini", True), ("gpt-5-x", True), ("gpt-11", True)]
    + [("gpt-4.5", False), ("x/gpt-5", False), ("omni", False), ("gpt-oss", False)],
)
def test_which_models_are_newer(admin, provider, model, newer):
    connect(admin, provider, {"model_ids": [model]})
    system = {"role": "system", "content": "s"}
    ask(admin, RAW, model=model, max_tokens=5, messages=[system, *HELLO, system])
    body = sent(provider)["json"]
    assert [one["role"] for one in body["messages"]] == ["developer" if newer else "system", "user", "system"]
    assert ("max_completion_tokens" in body, "max_tokens" in body) == (newer, not newer)


def test_default_params_are_for_chats_and_bring_no_prompt(admin, provider, defaults):
    defaults({"temperature": 0.1, "system": "not this", "top_k": 3})
    make(admin, {"top_k": 4})
    ask(admin, model="mine")
    assert sent(provider)["json"] == {"model": "gpt-test", "messages": HELLO, "temperature": 0.1, "top_k": 4}
    ask(admin, RAW, model="mine")
    assert sent(provider)["json"] == {"model": "gpt-test", "messages": HELLO, "top_k": 4}


@pytest.mark.parametrize("path", ["/ollama/api/chat", "/ollama/v1/chat/completions"])
def test_default_params_do_not_reach_the_ollama_proxies(admin, provider, defaults, path):
    defaults({"temperature": 0.1})
    ask(admin, path, model=OLLAMA, stream=False)
    assert "0.1" not in str(sent(provider)["json"])


@pytest.mark.parametrize("wrong", ["x", {"a": 1}])
def test_messages_that_are_no_list_never_leave(admin, provider, wrong):
    assert ask(admin, RAW, messages=wrong).status_code == 400
    assert not provider.chats()


@pytest.mark.parametrize("path", [CHAT, RAW])
def test_parts_of_a_tools_result_are_one_text(admin, provider, path):
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]
    parts.append({"type": "text", "text": "b"})
    ask(admin, path, messages=[{"role": "tool", "tool_call_id": "c", "content": parts}])
    assert sent(provider)["json"]["messages"][0]["content"] == "ab"


def test_messages_for_ollama(admin, provider):
    calls = [{"id": name, "type": "function", "function": {"name": name, "arguments": "{}"}} for name in ("f", "g")]
    said = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": calls},
    ]
    ask(admin, model=OLLAMA, messages=said)
    first, second = sent(provider)["json"]["messages"]
    assert first == {"role": "user", "content": "ab"}
    assert second["thinking"] == "hm" and [one["index"] for one in second["tool_calls"]] == [0, 0]


SELECT = '{{chat.variables.tone | select:options=["kind","rude"]:default="kind"}}'


@pytest.mark.parametrize(
    ("prompt", "values", "shown"),
    [
        (f"Be {SELECT}.", {"tone": "rude"}, "Be rude."),
        (f"Be {SELECT}.", {}, "Be kind."),
        (f"Be {SELECT} {{{{chat.variables.x}}}}.", {"tone": "evil", "x": "a"}, "Be  ."),
        ("{{chat.variables.Bad}} {{chat.variables.x}}.", {"x": "a"}, " ."),
        ("{{chat.variables.x}} {{chat.variables.y}}.", {"x": True, "y": ["a"]}, "True ['a']."),
        ('{{chat.variables.x | textarea:default="two\nlines"}}.', {}, "two\nlines."),
    ],
)
def test_what_a_prompt_asks_of_a_chat(admin, provider, prompt, values, shown):
    make(admin, {"system": prompt})
    ask(admin, model="mine", chat_variables=values)
    assert sent(provider)["json"]["messages"][0]["content"] == shown


def test_a_folders_prompt_is_filled_by_itself(admin, provider):
    """A default that the person's own prompt names is not the folder's."""
    prompt = {"system_prompt": "F {{USER_NAME}} {{chat.variables.tone}}"}
    folder = admin.post("/api/v1/folders/", {"name": "F", "data": prompt}).json["id"]
    system = {"role": "system", "content": 'U {{chat.variables.tone | text:default="d"}}'}
    ask(admin, chat_id="temporary:x", folder_id=folder, messages=[system, *HELLO])
    assert sent(provider)["json"]["messages"][0]["content"] == "F Admin \nU d"
