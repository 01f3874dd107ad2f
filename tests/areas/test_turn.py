"""A chat turn: storage, events, stop, errors, modes (chat.md; journeys 04 to 10, 20 to 24)."""

import json
import time
import uuid

import pytest

pytestmark = pytest.mark.live


def ask(person, text, *, model="gpt-test", chat_id=None, parent_id=None, tasks=None, **extra):
    """Sends a question the way the frontend does; returns (answer, user message id, assistant message id)."""
    question, reply = str(uuid.uuid4()), str(uuid.uuid4())
    body = {
        "stream": True,
        "model": model,
        "params": {},
        "session_id": person.sid,
        "id": reply,
        "message_ids": [{"model_id": model, "message_id": reply, "modelIdx": 0}],
        "parent_id": parent_id,
        "user_message": {
            "id": question,
            "parentId": parent_id,
            "childrenIds": [reply],
            "role": "user",
            "content": text,
            "timestamp": 1700000000,
            "models": [model],
        },
        "background_tasks": tasks or {},
        **({"chat_id": chat_id} if chat_id else {}),
        **extra,
    }
    return person.post("/api/chat/completions", body), question, reply


def stored(person, chat_id):
    return person.get(f"/api/v1/chats/{chat_id}").json()["chat"]["history"]


def rows(live, chat_id):
    found = live.backend.execute("SELECT id, role, content, done FROM chat_message WHERE chat_id = ?", chat_id)
    return {row_id.removeprefix(chat_id + "-"): (role, content, bool(done)) for row_id, role, content, done in found}


def until(true, seconds=10):
    """Waits until `true()` holds. Fails the test if it never does."""
    end = time.time() + seconds
    while not true():
        assert time.time() < end
        time.sleep(0.02)


@pytest.fixture
def ada(live, provider):
    """The administrator, who sees the provider's models, with a socket."""
    live.admin.events.clear()
    if live.admin.socket is None or not live.admin.socket.connected:
        live.admin.connect()
    return live.admin


def test_a_new_chat_streams_and_is_stored(live, ada, provider):
    provider.say("Hello dear world ")
    answer, question, reply = ask(ada, "greet me")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] is True and len(body["task_ids"]) == 1
    chat_id = body["chat_id"]
    done = ada.wait_kind("chat:completion", done=True)
    ada.wait_kind("chat:active", active=False)
    assert done["chat_id"] == chat_id and done["message_id"] == reply
    (item,) = done["data"]["data"]["output"]
    assert item["content"][0]["text"] == "Hello dear world"
    deltas = [
        p["data"]["data"]["delta"]
        for e, p in ada.events
        if e == "events" and p["data"]["type"] == "response:completion" and "delta" in p["data"]["data"]
    ]
    assert "".join(deltas) == "Hello dear world "
    kinds = [k for k in ada.kinds() if k in ("chat:list", "chat:active", "chat:completion")]
    assert kinds[:2] == ["chat:list", "chat:active"] and kinds[-1] == "chat:active"
    (document,) = live.backend.execute("SELECT chat FROM chat WHERE id = ?", chat_id)[0]
    document = json.loads(document) if isinstance(document, str) else document
    assert document["messages"] == [{"role": "user", "content": "greet me"}]
    kept = rows(live, chat_id)
    assert kept[reply][1] in ('"Hello dear world"', "Hello dear world") and kept[reply][2]
    assert kept[question][0] == "user"


def test_the_next_turn_sends_the_first_one_along(ada, provider):
    provider.say("one", "two")
    first, _, reply = ask(ada, "first question")
    ada.wait_kind("chat:active", active=False)
    ada.events.clear()
    ask(ada, "second question", chat_id=first.json()["chat_id"], parent_id=reply)
    ada.wait_kind("chat:active", active=False)
    sent = provider.chats()[-1]["messages"]
    assert [(m["role"], m["content"]) for m in sent] == [
        ("user", "first question"),
        ("assistant", "one"),
        ("user", "second question"),
    ]


def test_stop_keeps_what_came(live, ada, provider):
    answer, _, reply = ask(ada, "tokens=200 delay=0.05")
    chat_id = answer.json()["chat_id"]
    ada.wait(lambda e, p: "output_text.delta" in str(p))
    assert ada.get(f"/api/tasks/chat/{chat_id}").json()["task_ids"] == answer.json()["task_ids"]
    assert ada.post(f"/api/tasks/chat/{chat_id}/stop").json()["status"] is True
    ada.wait_kind("chat:active", active=False)
    cancels = [p["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "chat:tasks:cancel"]
    assert len(cancels) == 2 and "data" not in cancels[1]
    assert cancels[0]["data"]["output"][0]["status"] == "incomplete"
    assert "word0" in rows(live, chat_id)[reply][1] and rows(live, chat_id)[reply][2]
    assert ada.get(f"/api/tasks/chat/{chat_id}").json() == {"task_ids": []}


def test_a_provider_that_is_silent_can_be_stopped(live, ada, provider):
    provider.say({"hang": 60, "text": "too late"})
    answer, _, reply = ask(ada, "are you there")
    chat_id = answer.json()["chat_id"]
    until(lambda: provider.chats())
    ada.post(f"/api/tasks/chat/{chat_id}/stop")
    ada.wait_kind("chat:active", active=False, seconds=5)
    assert rows(live, chat_id)[reply][2]


def test_garbage_between_chunks_is_passed_over(live, ada, provider):
    good = b'data: {"choices":[{"index":0,"delta":{"content":"fine"}}]}\n\n'
    provider.say(
        {
            "frames": [
                b": comment\n\n",
                b"data: {not json\n\n",
                b"\xff\xfe\n\n",
                good,
                b"data: [1, 2]\n\n",
                b"data: 5\n\n",
            ]
        }
    )
    answer, _, reply = ask(ada, "garbage")
    ada.wait_kind("chat:active", active=False)
    assert "fine" in rows(live, answer.json()["chat_id"])[reply][1]


def test_a_provider_that_answers_with_a_page_is_an_error(live, ada, provider):
    provider.say({"error": 502, "raw": "<html><body>bad gateway</body></html>", "content_type": "text/html"})
    ask(ada, "html")
    event = ada.wait_kind("chat:message:error")
    assert "bad gateway" in event["data"]["data"]["error"]["content"]
    ada.wait_kind("chat:active", active=False)


def test_a_provider_error_is_said_and_stored(live, ada, provider):
    provider.say({"error": 500, "message": "backend exploded"})
    answer, _, reply = ask(ada, "fail please")
    event = ada.wait_kind("chat:message:error")
    assert event["data"]["data"] == {"error": {"content": "backend exploded"}, "done": True}
    ada.wait_kind("chat:active", active=False)
    (error,) = live.backend.execute(
        "SELECT error FROM chat_message WHERE id = ?", f"{answer.json()['chat_id']}-{reply}"
    )[0]
    assert "backend exploded" in str(error)


def test_a_dropped_line_keeps_its_text(live, ada, provider):
    provider.say({"text": "some words that arrive before the cut", "drop_after": 3})
    answer, _, reply = ask(ada, "drop it")
    ada.wait_kind("chat:message:error")
    ada.wait_kind("chat:active", active=False)
    assert "some words that" in rows(live, answer.json()["chat_id"])[reply][1]


def test_title_tags_and_follow_ups(ada, provider):
    provider.reset()
    names = {
        "title": '{"title": "A fine name"}',
        "tags": '{"tags": ["Old Ships"]}',
        "ups": '{"follow_ups": ["And then?"]}',
    }
    original = provider.next_script

    def scripted(body):
        text = str(body["messages"][-1]["content"])
        for mark, key in (('"title"', "title"), ('"tags"', "tags"), ('"follow_ups"', "ups")):
            if mark in text:
                return {"text": names[key]}
        return original(body)

    provider.next_script = scripted
    try:
        wanted = {"title_generation": True, "tags_generation": True, "follow_up_generation": True}
        answer, _, _ = ask(ada, "about ships", tasks=wanted)
        ada.wait_kind("chat:active", active=False)
    finally:
        del provider.next_script
    found = {p["data"]["type"]: p["data"].get("data") for e, p in ada.events if e == "events"}
    assert found["chat:title"] == "A fine name"
    assert found["chat:tags"] == ["Old Ships"]
    assert found["chat:message:follow_ups"] == {"follow_ups": ["And then?"]}


@pytest.mark.parametrize("said", ['{"follow_ups": {"a": 1}}', '{"follow_ups": 5}', '{"follow_ups": "And?"}', "[5]"])
def test_follow_ups_of_another_form_are_none(ada, provider, said):
    provider.say({"to": "hi", "text": "hello"}, said)
    answer, _, reply = ask(ada, "hi", tasks={"follow_up_generation": True})
    ada.wait_kind("chat:active", active=False)
    kept = stored(ada, answer.json()["chat_id"])["messages"][reply]
    assert kept["followUps"] == [] and kept["content"] == "hello"


def test_two_models_answer_side_by_side(ada, provider):
    question, first, second = (str(uuid.uuid4()) for _ in range(3))
    body = {
        "stream": True,
        "model": "gpt-test",
        "session_id": ada.sid,
        "id": first,
        "parent_id": None,
        "message_ids": [
            {"model_id": "gpt-test", "message_id": first, "modelIdx": 0},
            {"model_id": "gpt-small", "message_id": second, "modelIdx": 1},
        ],
        "user_message": {
            "id": question,
            "parentId": None,
            "role": "user",
            "content": "both",
            "models": ["gpt-test", "gpt-small"],
        },
    }
    answer = ada.post("/api/chat/completions", body).json()
    assert len(answer["task_ids"]) == 2
    ada.wait_kind("chat:active", active=False)
    finished = {
        p["message_id"]
        for e, p in ada.events
        if e == "events"
        and (p["data"].get("data") or {}).get
        and isinstance(p["data"].get("data"), dict)
        and p["data"]["data"].get("done")
    }
    assert finished == {first, second}
    assert [k for k in ada.kinds() if k == "chat:active"] == ["chat:active"] * 2


def test_a_temporary_chat_is_not_kept(live, ada, provider):
    before = live.backend.execute("SELECT COUNT(*) FROM chat")
    chat_id = f"temporary:{ada.sid}"
    reply = str(uuid.uuid4())
    answer = ada.post(
        "/api/chat/completions",
        {
            "stream": True,
            "model": "gpt-test",
            "session_id": ada.sid,
            "chat_id": chat_id,
            "id": reply,
            "message_ids": [{"model_id": "gpt-test", "message_id": reply, "modelIdx": 0}],
            "messages": [
                {
                    "role": "user",
                    "content": "in passing",
                    "files": [{"type": "image", "url": "data:image/png;base64,AA"}],
                }
            ],
        },
    )
    assert answer.json()["chat_id"] == chat_id
    done = ada.wait_kind("chat:completion", done=True)
    assert done["data"]["data"]["title"] == ""
    assert provider.chats()[0]["messages"] == [{"role": "user", "content": "in passing"}]
    assert live.backend.execute("SELECT COUNT(*) FROM chat") == before


def test_an_api_client_gets_the_stream_itself(ada, provider):
    provider.say("straight through")
    answer = ada.post(
        "/api/chat/completions", {"model": "gpt-test", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    )
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert "straight" in answer.text and answer.text.rstrip().endswith("data: [DONE]")


def test_an_api_client_gets_the_providers_error_as_it_is(ada, provider):
    provider.say({"error": 429, "message": "slow down", "headers": {"Retry-After": "7"}})
    answer = ada.post("/api/chat/completions", {"model": "gpt-test", "messages": [{"role": "user", "content": "hi"}]})
    assert answer.status_code == 429
    assert answer.json() == {"error": {"message": "slow down", "type": "server_error"}}
    assert answer.headers["Retry-After"] == "7"


def test_an_unknown_model_is_refused(ada, provider):
    assert ask(ada, "hi", model="no-such-model")[0].status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": "hello"},
        {"messages": None},
        {"messages": ["hello"]},
        {"messages": [{"content": "without a role"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"params": "x"},
        {"params": None},
        {"model_item": "x"},
        {"user_message": "hi"},
        {"id": 5},
        {"message_ids": ["x"]},
        {"message_ids": [{"model_id": "gpt-test"}]},
        {"message_ids": [{"message_id": "m"}]},
        {"regeneration_prompt": 5},
    ],
    ids=str,
)
def test_a_request_that_nothing_can_be_made_of_stores_nothing(ada, provider, wrong):
    before = ada.get("/api/v1/chats/?page=1").json()
    assert ask(ada, "hello", **wrong)[0].status_code == 400
    assert ada.get("/api/v1/chats/?page=1").json() == before
    assert provider.requests == []


def test_a_chat_names_the_models_that_answer_it(ada, provider):
    several = [{"model_id": "gpt-test", "message_id": str(uuid.uuid4())} for _ in range(2)]
    answer, *_ = ask(ada, "hello", message_ids=several)
    ada.wait_kind("chat:active", active=False)
    chat_id = answer.json()["chat_id"]
    assert ada.get(f"/api/v1/chats/{chat_id}").json()["chat"]["models"] == ["gpt-test", "gpt-test"]


def test_a_question_without_replies_is_the_chats_last_message(live, ada):
    answer, question, _ = ask(ada, "hello", message_ids=[])
    chat_id = answer.json()["chat_id"]
    assert answer.json()["task_ids"] == [] and stored(ada, chat_id)["currentId"] == question


def test_the_last_reply_to_end_says_that_the_turn_is_over(ada, provider):
    ids = [str(uuid.uuid4()) for _ in range(2)]
    several = [{"model_id": name, "message_id": one} for name, one in zip(("gpt-test", "gpt-small"), ids, strict=True)]
    ask(ada, "tokens=40 delay=0.02", message_ids=several[:1] + [{**several[1], "model_id": "nope"}])
    ada.wait_kind("chat:active", active=False)
    told = [(p["message_id"], p["data"]["data"]["active"]) for _, p in ada.events if p["data"]["type"] == "chat:active"]
    assert told == [(ids[0], True), (ids[0], False)]
    ada.events.clear()
    ids.reverse()
    several = [{"model_id": "nope", "message_id": ids[0]}, {"model_id": "gpt-test", "message_id": str(uuid.uuid4())}]
    ask(ada, "tokens=40 delay=0.02", message_ids=several)
    over = ada.wait_kind("chat:active", active=False)
    assert over["message_id"] == several[1]["message_id"]


def test_an_id_that_is_taken_is_refused(ada, provider):
    provider.say("one")
    answer, question, reply = ask(ada, "first")
    ada.wait_kind("chat:active", active=False)
    again = ada.post(
        "/api/chat/completions",
        {
            "model": "gpt-test",
            "stream": True,
            "session_id": ada.sid,
            "chat_id": answer.json()["chat_id"],
            "id": reply,
            "parent_id": None,
            "user_message": {"id": question, "parentId": None, "role": "user", "content": "first"},
        },
    )
    assert again.status_code == 409


def test_regenerate_makes_a_sibling(live, ada, provider):
    provider.say("one", "two")
    answer, question, reply = ask(ada, "say it")
    chat_id = answer.json()["chat_id"]
    ada.wait_kind("chat:active", active=False)
    ada.events.clear()
    second = str(uuid.uuid4())
    ada.post(
        "/api/chat/completions",
        {
            "model": "gpt-test",
            "stream": True,
            "session_id": ada.sid,
            "chat_id": chat_id,
            "id": second,
            "parent_id": None,
            "message_ids": [{"model_id": "gpt-test", "message_id": second, "modelIdx": 0}],
            "user_message": {
                "id": question,
                "parentId": None,
                "role": "user",
                "content": "say it",
                "childrenIds": [reply, second],
            },
        },
    )
    ada.wait_kind("chat:active", active=False)
    kept = rows(live, chat_id)
    assert "one" in kept[reply][1] and "two" in kept[second][1]


@pytest.mark.parametrize(("guided", "added"), [((True, ""), ["one"]), ((False, "briefly"), ["briefly"])])
def test_guidance_by_halves(ada, provider, guided, added):
    """The old reply without a wish, and a wish without the old reply, go to the model as they are."""
    provider.say("one", "two")
    answer, question, reply = ask(ada, "say it")
    ada.wait_kind("chat:active", active=False)
    ada.events.clear()
    about = {"id": question, "parentId": None, "role": "user", "content": "say it"}
    old = {"regeneration_message_id": reply} if guided[0] else {}
    ask(ada, "say it", chat_id=answer.json()["chat_id"], user_message=about, regeneration_prompt=guided[1], **old)
    ada.wait_kind("chat:active", active=False)
    assert [one["content"] for one in provider.chats()[-1]["messages"]] == ["say it", *added]


def test_usage_that_llama_cpp_tells_by_its_timings(live, ada, provider):
    timings = {"prompt_n": 4, "cache_n": 3, "predicted_n": 6, "predicted_per_second": 3.5}
    chunk = {"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": "stop"}], "timings": timings}
    provider.say({"frames": [b"data: " + json.dumps(chunk).encode() + b"\n\n"]})
    answer, _, reply = ask(ada, "hi")
    ada.wait_kind("chat:active", active=False)
    usage = stored(ada, answer.json()["chat_id"])["messages"][reply]["usage"]
    assert usage == {**timings, "input_tokens": 7, "output_tokens": 6, "total_tokens": 13}


def test_a_killed_worker_loses_nothing_it_received(live, ada, provider):
    answer, _, reply = ask(ada, "tokens=400 delay=0.05")
    chat_id = answer.json()["chat_id"]
    ada.wait(lambda e, p: "word5" in str(p))
    live.kill()
    live.start()
    kept = rows(live, chat_id)[reply]
    assert "word5" in kept[1] and kept[2]
    live.admin.socket = None


def test_a_stopped_server_saves_what_came_and_marks_it(live, enter, provider):
    live.extra["LIGHTWELL_GRACE_SECONDS"] = "6"
    live.restart()
    admin = live.admin
    admin.events.clear()
    admin.connect()
    answer, _, reply = ask(admin, "tokens=2000 delay=0.05")
    chat_id = answer.json()["chat_id"]
    admin.wait(lambda e, p: "word5" in str(p))
    live.stop()
    live.start()
    role, content, done = rows(live, chat_id)[reply]
    (error,) = live.backend.execute("SELECT error FROM chat_message WHERE id = ?", f"{chat_id}-{reply}")[0]
    assert "word5" in content and done
    assert "stopped" in str(error)
    admin.socket = None


def test_a_title_that_a_stopped_server_owes_is_made_by_the_next(live, provider):
    live.extra["LIGHTWELL_GRACE_SECONDS"] = "6"
    live.restart()
    admin = live.admin
    admin.events.clear()
    admin.connect()
    original, hung = provider.next_script, []

    def scripted(body):
        if '"title"' not in str(body["messages"][-1]["content"]):
            return original(body)
        if not hung:
            hung.append(True)
            return {"hang": 8, "text": '{"title": "too late"}'}
        return {"text": '{"title": "Made at last"}'}

    provider.next_script = scripted
    try:
        answer, _, _ = ask(admin, "name this", tasks={"title_generation": True})
        chat_id = answer.json()["chat_id"]
        until(lambda: hung)
        live.stop()
        live.start()
        titles = "SELECT title FROM chat WHERE id = ?"
        until(lambda: live.backend.execute(titles, chat_id)[0][0] == "Made at last", 20)
    finally:
        del provider.next_script
    admin.socket = None


def test_the_requests_id_goes_on_to_the_provider_and_into_jobs(ada, provider):
    ada.http.headers["X-Request-ID"] = "asked-for-43"
    try:
        ask(ada, "name this", tasks={"title_generation": True, "follow_up_generation": True})
    finally:
        del ada.http.headers["X-Request-ID"]
    ada.wait_kind("chat:active", active=False)
    ids = [one["headers"].get("X-Request-ID") for one in provider.requests if "completions" in one["path"]]
    assert len(ids) >= 2
    assert set(ids) == {"asked-for-43"}
