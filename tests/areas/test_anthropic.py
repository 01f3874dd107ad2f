"""Anthropic's messages and token counts (providers.md section 7)."""

import json

import pytest

URL = "/api/v1/messages"
HELLO = [{"role": "user", "content": "hi"}]
ASK = {"model": "gpt-test", "max_tokens": 10, "messages": HELLO}


def received(provider):
    return provider.chats()[-1]


def stream(answer):
    return [json.loads(line[6:]) for line in answer.data.decode().splitlines() if line.startswith("data: ")]


def connect(admin, provider, config):
    body = {
        "OPENAI_API_BASE_URLS": [provider.url + "/v1"],
        "OPENAI_API_KEYS": ["secret"],
        "OPENAI_API_CONFIGS": {"0": config},
    }
    assert admin.post("/openai/config/update", body).status_code == 200


def test_a_plain_question(admin, provider):
    provider.say("hello you")
    answer = admin.post(URL, ASK).json
    assert answer["content"] == [{"type": "text", "text": "hello you"}]
    assert (answer["type"], answer["stop_reason"], answer["model"]) == ("message", "end_turn", "gpt-test")
    assert answer["usage"] == {"input_tokens": 7, "output_tokens": 2}
    assert received(provider) == {"model": "gpt-test", "messages": HELLO, "max_tokens": 10}


def test_a_key_in_anthropics_header(anonymous, admin, provider):
    assert anonymous.post(URL, ASK, headers={"x-api-key": admin.token}).status_code == 200


def test_the_whole_request_is_converted(admin, provider):
    admin.post(
        URL,
        {
            **ASK,
            "system": "SYS",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "look"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                    ],
                },
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "unsigned"},
                        {"type": "text", "text": "calling"},
                        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
                        {"type": "tool_use", "id": "t2", "name": "never answered", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "so?"},
                        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "result"}]},
                        {"type": "tool_result", "tool_use_id": "unknown", "content": "stray"},
                    ],
                },
            ],
            "stop_sequences": ["X"],
            "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "any"},
            "metadata": {"user_id": "z"},
            "thinking": {"type": "enabled"},
        },
    )
    body = received(provider)
    assert body["messages"] == [
        {"role": "system", "content": "SYS"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ],
        },
        {
            "role": "assistant",
            "content": "calling",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "result"},
        {"role": "user", "content": "so?"},
    ]
    assert body["stop"] == ["X"] and body["tool_choice"] == "required"
    assert body["tools"][0]["function"] == {"name": "f", "description": "d", "parameters": {"type": "object"}}
    assert "metadata" not in body and "thinking" not in body


def test_a_stream_in_order(admin, provider):
    provider.say({"reasoning": "hm", "text": "hello you"})
    found = stream(admin.post(URL, {**ASK, "stream": True}))
    assert [one["type"] for one in found] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert found[2]["delta"] == {"type": "thinking_delta", "thinking": "hm"}
    assert [found[4]["index"], found[5]["delta"]["text"]] == [1, "hello "]
    assert found[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert found[-2]["usage"] == {"input_tokens": 0, "output_tokens": 0}


def test_nothing_follows_an_error_in_a_stream(admin, provider):
    lines = (
        {"choices": [{"delta": {"content": "a"}}]},
        {"error": {"message": "m"}},
        {"choices": [{"delta": {"content": "b"}}]},
    )
    provider.say({"frames": [b"data: " + json.dumps(one).encode() + b"\n\n" for one in lines]})
    found = stream(admin.post(URL, {**ASK, "stream": True}))
    assert found[-1] == {"type": "error", "error": {"type": "api_error", "message": "m"}}
    assert [one["delta"]["text"] for one in found if "delta" in one] == ["a"]


def test_what_is_empty_is_kept_and_marks_of_caching_are_passed_on(admin, provider):
    tool = {"name": "f", "input_schema": {}, "cache_control": {"type": "ephemeral"}}
    admin.post(URL, {**ASK, "messages": [{"role": "user", "content": None}], "tools": [tool]})
    body = received(provider)
    assert body["messages"] == [{"role": "user", "content": ""}]
    assert body["tools"][0]["cache_control"] == {"type": "ephemeral"}


def test_streamed_tool_calls_are_blocks(admin, provider):
    provider.say({"tool_calls": [{"name": "f", "arguments": {"a": 1}}, {"name": "g"}]})
    found = stream(admin.post(URL, {**ASK, "stream": True}))
    starts = [one["content_block"] for one in found if one["type"] == "content_block_start"]
    pieces = [one["delta"]["partial_json"] for one in found if one["type"] == "content_block_delta"]
    assert [one["name"] for one in starts] == ["f", "g"]
    assert [json.loads(one) for one in pieces] == [{"a": 1}, {}]
    assert found[-2]["delta"]["stop_reason"] == "tool_use"


@pytest.mark.parametrize("streamed", [False, True])
def test_errors_keep_the_providers_words(admin, provider, streamed):
    provider.say({"error": 429, "message": "slow down"})
    answer = admin.post(URL, {**ASK, "stream": streamed})
    assert answer.status_code == 429
    assert answer.json["error"]["message"] == "slow down"


def test_unknown_models_and_models_of_others(admin, login, provider):
    assert admin.post(URL, {**ASK, "model": "nope"}).status_code == 400
    assert login("ann").post(URL, ASK).status_code == 400
    assert login("ann").post(URL + "/count_tokens", ASK).status_code == 403


def test_ollama_models_too(admin, provider):
    provider.say("hello")
    answer = admin.post("/api/message", {**ASK, "model": "llama-test:latest"})
    assert answer.json["content"] == [{"type": "text", "text": "hello"}]


def test_counting_is_the_providers(admin, provider):
    assert admin.post(URL + "/count_tokens", ASK).json == {"input_tokens": 42}
    assert admin.post(URL + "/count_tokens", {}).status_code == 400
    assert admin.post(URL + "/count_tokens", {"model": "nope"}).status_code == 404


def test_a_provider_of_the_same_format_gets_the_request_unchanged(admin, provider):
    connect(admin, provider, {"provider": "litellm", "prefix_id": "p"})
    body = {**ASK, "model": "p.gpt-test", "thinking": {"type": "enabled"}}
    admin.post(URL, body)
    request = provider.requests[-1]
    assert request["path"] == "/v1/messages"
    assert request["json"] == {**body, "model": "gpt-test"}
    assert request["headers"]["anthropic-version"] == "2023-06-01"
