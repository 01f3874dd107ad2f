"""Requests for completions whose parts are not what they should be: refused, or answered; never a fault of ours."""

import random
import uuid

import pytest
from bent import bent

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MESSAGES = [
    {"role": "system", "content": "for {{USER_NAME}}"},
    {"role": "user", "content": [{"type": "text", "text": "hi"}, PICTURE], "files": [{"type": "image", "url": "x"}]},
    {"role": "assistant", "content": "x", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c", "content": "r"},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text"}]}]},
]
PARAMS = {
    "stop": ["a"],
    "logit_bias": {"5": 10},
    "system": "x",
    "function_calling": "native",
    "reasoning_tags": ["<a>", "</a>"],
    "custom_params": {"a": "1"},
    "stream_delta_chunk_size": 2,
}
FURTHER = {
    "params": PARAMS,
    "features": {"voice": True, "code_interpreter": True},
    "variables": {"{{USER_NAME}}": "x"},
    "chat_variables": {"a": "b"},
    "tool_ids": ["t"],
    "tool_servers": [{"url": "u", "openapi": {}, "specs": [{"name": "n", "parameters": {}}]}],
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": {"type": "tool", "name": "f"},
    "files": [{"type": "file", "id": "f"}, {"type": "chat", "id": "c"}, {"type": "text", "content": "t"}],
    "metadata": {"chat_id": "c"},
    "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
    "model_item": {"id": "gpt-test", "info": {"meta": {}}},
    "response_format": {"type": "json_schema", "json_schema": {"schema": {}}},
    "options": {"num_ctx": 5},
    "regeneration_prompt": "x",
    "regeneration_message_id": "b",
    "system": [{"type": "text", "text": "x"}],
    "prompt": "x",
    "input": ["y"],
}
PATHS = """/api/chat/completions /api/v1/messages /openai/chat/completions /openai/responses /ollama/api/chat
/ollama/v1/chat/completions /ollama/api/generate /api/v1/embeddings /api/v1/tasks/title/completions
/api/v1/tasks/moa/completions""".split()


def request_of(rng):
    """A path and a body: direct, or of a new, a stored or a temporary chat."""
    body = {key: value for key, value in FURTHER.items() if rng.random() < 0.5}
    body |= {"model": rng.choice(["gpt-test", "llama-test:latest"]), "messages": MESSAGES, "stream": rng.random() < 0.5}
    path = rng.choice(PATHS) if rng.random() < 0.5 else PATHS[0]
    if path == PATHS[0] and (chat := rng.choice(["", "new", "local:x"])):
        question = {"id": str(uuid.uuid4()), "role": "user", "content": "more", "files": [{"type": "file", "id": "f"}]}
        body |= {"id": str(uuid.uuid4()), "parent_id": None, "user_message": question}
        body["chat_id"] = None if chat == "new" else chat
    return path, bent(rng, body, 0.05)


@pytest.mark.parametrize("seed", range(6))
def test_no_request_for_a_completion_is_a_fault(admin, provider, caplog, seed):
    rng, answered = random.Random(seed), 0
    for _ in range(40):
        path, body = request_of(rng)
        answer = admin.post(path, body)
        answer.get_data()
        answered += answer.status_code == 200
        faults = [one for one in caplog.records if one.exc_info]
        assert not faults, (path, body, caplog.text)
    assert answered
