"""Small tasks on request and their settings (chat.md section 7)."""

import pytest

EVERYONE = {"principal_type": "user", "principal_id": "*", "permission": "read"}

SAID = [{"role": "user", "content": "about ships"}, {"role": "assistant", "content": "Ships float."}]
ABOUT = {"model": "gpt-test", "messages": SAID, "prompt": "abc", "responses": ["one", "two"]}


def task(caller, name, **body):
    return caller.post(f"/api/v1/tasks/{name}/completions", {**ABOUT, **body})


def settings(admin, **values):
    page = admin.get("/api/v1/tasks/config").json
    assert admin.post("/api/v1/tasks/config/update", {**page, **values}).status_code == 200


@pytest.mark.parametrize(
    ("name", "said", "bound"),
    [
        ("title", "Ships float.", 1000),
        ("tags", "Ships float.", None),
        ("follow_up", "Ships float.", None),
        ("image_prompt", "Ships float.", None),
        ("queries", "about ships", None),
        ("emoji", "abc", 4),
        ("moa", "two", None),
    ],
)
def test_a_task_is_one_question_to_the_model(admin, provider, name, said, bound):
    provider.say('{"title": "T"}')
    answer = task(admin, name)
    assert answer.json["choices"][0]["message"]["content"] == '{"title": "T"}'
    (sent,) = provider.chats()
    (message,) = sent["messages"]
    assert message["role"] == "user" and said in message["content"] and "{{" not in message["content"]
    assert sent.get("max_tokens") == bound and sent["stream"] is False


def test_merged_answers_may_stream(admin, provider):
    provider.say("all in one")
    answer = task(admin, "moa", stream=True)
    assert answer.headers["Content-Type"].startswith("text/event-stream") and "all" in answer.text


def test_a_template_of_the_administrator_is_used(admin, provider):
    settings(admin, TITLE_GENERATION_PROMPT_TEMPLATE="Name it: {{MESSAGES:START:1}}")
    task(admin, "title")
    assert provider.chats()[0]["messages"][0]["content"] == "Name it: USER: about ships"


def test_the_task_model_and_its_params(admin, provider):
    settings(admin, TASK_MODEL_EXTERNAL="gpt-small", TASK_MODEL_PARAMS={"temperature": 0})
    task(admin, "title")
    task(admin, "moa")
    first, second = provider.chats()
    assert first["model"] == "gpt-small" and first["temperature"] == 0 and "max_tokens" not in first
    assert second["model"] == "gpt-test"


@pytest.mark.parametrize(
    ("name", "switch", "kind", "status"),
    [
        ("title", "ENABLE_TITLE_GENERATION", None, 200),
        ("tags", "ENABLE_TAGS_GENERATION", None, 200),
        ("follow_up", "ENABLE_FOLLOW_UP_GENERATION", None, 200),
        ("queries", "ENABLE_SEARCH_QUERY_GENERATION", "web_search", 400),
        ("queries", "ENABLE_RETRIEVAL_QUERY_GENERATION", "retrieval", 400),
        ("auto", "ENABLE_AUTOCOMPLETE_GENERATION", "general", 400),
    ],
)
def test_a_task_that_is_switched_off_asks_nobody(admin, provider, name, switch, kind, status):
    settings(admin, **{switch: False})
    answer = task(admin, name, type=kind)
    assert answer.status_code == status and list(answer.json) == ["detail"] and not provider.chats()


def test_autocompletion_bounds_its_text(admin, provider):
    settings(admin, ENABLE_AUTOCOMPLETE_GENERATION=True, AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH=5)
    assert task(admin, "auto", prompt="abc", type="general").status_code == 200
    assert task(admin, "auto", prompt="abcdef", type="general").status_code == 400
    assert len(provider.chats()) == 1


def test_a_model_that_is_unknown_or_not_for_the_caller(admin, login, provider):
    assert task(admin, "title", model="nope").status_code == 404
    assert task(login("ann"), "title").status_code == 400 and not provider.chats()


def test_older_clients_get_a_finished_reply_back(admin, login):
    body = {
        "id": "m",
        "session_id": "s",
        "chat_id": None,
        "model": "gpt-test",
        "messages": [{"id": "m", "content": "x"}],
    }
    assert admin.post("/api/chat/completed", body).json == body
    for wrong in ({"session_id": None}, {"id": None}, {"chat_id": 5}, {"model": "nope"}):
        assert admin.post("/api/chat/completed", body | wrong).status_code == 400
    # nothing is read or stored, so an administrator may name any chat
    assert admin.post("/api/chat/completed", {**body, "chat_id": "nope"}).status_code == 200
    admin.post("/api/v1/models/model/access/update", {"id": "gpt-test", "name": "Test", "access_grants": [EVERYONE]})
    assert login("ann").post("/api/chat/completed", {**body, "chat_id": "nope"}).status_code == 404


def test_a_request_without_its_subject_is_refused(admin, provider):
    assert admin.post("/api/v1/tasks/title/completions", {"model": "gpt-test"}).status_code == 400
    assert admin.post("/api/v1/tasks/emoji/completions", {"model": "gpt-test"}).status_code == 400


def test_a_providers_error_is_passed_on(admin, provider):
    provider.say({"error": 503, "message": "busy"})
    answer = task(admin, "title")
    assert answer.status_code == 503 and answer.json["error"]["message"] == "busy"


def test_settings_are_read_by_all_and_written_by_administrators(admin, login):
    ann = login("ann")
    page = ann.get("/api/v1/tasks/config").json
    assert page["ENABLE_TITLE_GENERATION"] is True
    assert ann.post("/api/v1/tasks/config/update", page).status_code == 401
    changed = admin.post("/api/v1/tasks/config/update", {**page, "TASK_MODEL": None, "ENABLE_TITLE_GENERATION": "off"})
    assert changed.json == {**page, "TASK_MODEL": None, "ENABLE_TITLE_GENERATION": False}
    refused = admin.post("/api/v1/tasks/config/update", {"TASK_MODEL": 1})
    assert refused.status_code == 422 and refused.json["detail"][0]["loc"] == ["body", "TASK_MODEL"]
