"""Analytics: figures from the rows of messages (openapi: ModelAnalyticsResponse and its like)."""

import datetime
import json
import time

import pytest

import config

DAY = 86400


@pytest.fixture
def chat(app):
    """`chat(owner, *messages, tags=…)`: a stored chat; a message is (role, model, usage, created_at)."""
    from models import database
    from models.base import database as handle
    from models.chat_lists import select

    made = []

    def insert(table, **values):
        marks = ", ".join("?" if database.is_sqlite() else "%s" for _ in values)
        names = ", ".join(values)
        handle.execute_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))

    def store(owner, *messages, tags=()):
        name = f"chat-{len(made)}"
        made.append(name)
        document = json.dumps({"history": {"messages": {}, "currentId": None}})
        meta = json.dumps({"tags": list(tags)} if tags else {}, separators=(",", ":"))
        moment = int(time.time()) + len(made)
        with database.connection():
            insert(
                "chat", id=name, user_id=owner, title=f"About {name}", chat=document, meta=meta, archived=False,
                pinned=False, created_at=moment, updated_at=moment,
            )  # fmt: skip
            for place, (role, model, usage, created) in enumerate(messages):
                insert(
                    "chat_message", id=f"{name}-{place}", chat_id=name, user_id=owner, role=role, model_id=model,
                    content='"hello"', usage=json.dumps(usage), done=True, created_at=created, updated_at=created,
                )  # fmt: skip
            assert select("SELECT count(*) AS n FROM chat_message WHERE chat_id = ?", name)[0]["n"] == len(messages)
        return name

    return store


@pytest.fixture
def ask(admin):
    def get(path, status=200):
        answer = admin.get("/api/v1/analytics/" + path)
        assert answer.status_code == status, answer.text
        return answer.json

    return get


def reply(model, taken=0, given=0, at=None):
    return ("assistant", model, {"input_tokens": taken, "output_tokens": given}, at or int(time.time()))


def question(at=None):
    return ("user", None, None, at or int(time.time()))


def test_models_are_counted_with_people_and_chats(ask, chat, login):
    chat(login("ann").id, question(), reply("a"), reply("a"), reply("vendor/b"))
    chat(login("bob").id, question(), reply("a"), reply(None))
    assert ask("models")["models"] == [
        {"model_id": "a", "count": 3, "unique_users": 2, "unique_chats": 2},
        {"model_id": "vendor/b", "count": 1, "unique_users": 1, "unique_chats": 1},
    ]


def test_summary_counts_replies_of_known_models(ask, chat, login):
    chat(login("ann").id, question(), reply("a"), reply("b"))
    chat(login("bob").id, reply(None))
    assert ask("summary") == {"total_messages": 2, "total_chats": 2, "total_models": 2, "total_users": 2}


def test_a_period_has_both_ends(ask, chat, login):
    now = int(time.time())
    chat(login("ann").id, reply("a", at=now - 100), reply("a", at=now - 50), reply("a", at=now))
    assert ask(f"summary?start_date={now - 50}&end_date={now - 50}")["total_messages"] == 1
    assert ask("summary?start_date=0&end_date=0")["total_messages"] == 3


def test_only_members_of_the_group_count(ask, chat, login, admin):
    ann, bob = login("ann"), login("bob")
    chat(ann.id, reply("a"))
    chat(bob.id, reply("a"))
    group = admin.post("/api/v1/groups/create", {"name": "one", "description": ""}).json["id"]
    admin.post(f"/api/v1/groups/id/{group}/users/add", {"user_ids": [ann.id]})
    assert [row["user_id"] for row in ask(f"users?group_id={group}")["users"]] == [ann.id]
    assert ask("models?group_id=nobody") == {"models": []}
    assert ask("daily?group_id=nobody&start_date=1700000000&end_date=1700000001") == {"data": []}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 3, "output_tokens": 4, "total_tokens": 99}, 7),
        ({"prompt_tokens": 3, "completion_tokens": 4}, 7),
        ({"input_tokens": 0, "prompt_tokens": 3}, 0),
        ({"input_tokens": "12"}, 12),
        ({"output_tokens": 3.7}, 3),
        ({"input_tokens": [1]}, 0),
        ([1], 0),
        ("text", 0),
        (None, 0),
        ({"input_tokens": 10**30}, None),
    ],
)
def test_tokens_of_any_usage(ask, chat, login, usage, expected):
    now = int(time.time())
    chat(login("ann").id, ("assistant", "a", usage, now), ("assistant", "a", usage, now))
    answer = ask("tokens")
    assert answer["models"][0]["message_count"] == 2
    assert answer["total_tokens"] == answer["total_input_tokens"] + answer["total_output_tokens"]
    assert expected is None or answer["total_tokens"] == 2 * expected


def test_people_by_replies_or_tokens(ask, chat, login):
    ann, bob = login("ann"), login("bob")
    chat(ann.id, reply("a", 1, 1), reply("a", 1, 1))
    chat(bob.id, reply("a", 500, 5))
    chat("gone", reply("a", 1, 2))
    assert [row["user_id"] for row in ask("users")["users"]] == [ann.id, bob.id, "gone"]
    rows = ask("users?metric=tokens&limit=2")["users"]
    assert rows == [
        {
            "user_id": bob.id,
            "name": "Bob",
            "email": "bob@example.com",
            "count": 1,
            "input_tokens": 500,
            "output_tokens": 5,
            "total_tokens": 505,
        },
        {
            "user_id": ann.id,
            "name": "Ann",
            "email": "ann@example.com",
            "count": 2,
            "input_tokens": 2,
            "output_tokens": 2,
            "total_tokens": 4,
        },
    ]
    assert ask("users")["users"][2]["name"] is None


def test_days_of_a_period_are_all_there(ask, chat, login):
    noon = int(time.time()) // DAY * DAY - DAY // 2
    chat(login("ann").id, reply("a", 2, 3, at=noon), reply("b", at=noon * 1000))
    entries = ask(f"daily?start_date={noon - DAY}&end_date={noon}&metric=tokens")["data"]
    assert [list(entry["models"].items()) for entry in entries] == [[], [("a", 5)]]
    days = ask("daily")["data"]
    assert days == [{"date": _date(noon), "models": {"a": 1, "b": 1}, "start": None, "end": None, "previous": None}]


def _date(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d")


def test_a_clock_that_was_wrong_counts_as_now(ask, chat, login):
    chat(login("ann").id, reply("a", at=1000), reply("a", at=int(time.time()) + 30 * DAY))
    assert [entry["models"] for entry in ask("daily")["data"]] == [{"a": 2}]


def test_the_period_before_is_set_beside(ask, chat, login):
    start = int(time.time()) // 3600 * 3600 - 10 * 3600
    chat(login("ann").id, reply("a", at=start + 5), reply("a", at=start - 7200 + 5))
    first, second = ask(f"daily?granularity=hourly&compare=true&start_date={start}&end_date={start + 7199}")["data"]
    assert first["models"] == {"a": 1}
    assert first["previous"]["models"] == {"a": 1}
    assert (second["models"], second["previous"]["models"]) == ({}, {})
    assert first["previous"]["end"] == second["previous"]["start"]
    assert second["previous"]["end"] == first["start"]
    ask("daily?compare=true", 400)


def test_more_steps_than_can_be_shown_are_refused(ask):
    ask(f"daily?granularity=10m&start_date=1577836800&end_date={int(time.time())}", 400)


def test_messages_of_a_chat_a_model_or_a_person(ask, chat, login):
    ann, now = login("ann").id, int(time.time())
    first = chat(ann, question(now), reply("a", 1, 2, at=now))
    chat(ann, question(now + 5), reply("vendor/b", at=now + 6))
    assert [row["role"] for row in ask(f"messages?chat_id={first}&model_id=x")] == ["user", "assistant"]
    message = ask("messages?model_id=a&user_id=x")[0]
    assert (message["id"], message["content"], message["done"]) == (f"{first}-1", "hello", True)
    assert message["usage"] == {"input_tokens": 1, "output_tokens": 2}
    assert [row["created_at"] for row in ask(f"messages?user_id={ann}&skip=1&limit=2")] == [now + 5, now]
    assert ask("messages") == []
    ask("messages?limit=101", 422)


def test_chats_of_a_model_whose_id_holds_a_slash(ask, chat, login):
    ann = login("ann").id
    old, new = chat(ann, reply("vendor/b"), reply("vendor/b")), chat("gone", reply("vendor/b"))
    chat(ann, reply("a"))
    answer = ask("models/vendor/b/chats")
    assert answer["total"] == 2
    assert [row["chat_id"] for row in answer["chats"]] == [new, old]
    assert answer["chats"][1] == {
        "chat_id": old,
        "user_id": ann,
        "user_name": "Ann",
        "first_message": f"About {old}",
        "updated_at": answer["chats"][1]["updated_at"],
    }
    assert [row["chat_id"] for row in ask("models/vendor/b/chats?direction=asc&limit=1")["chats"]] == [old]
    assert [row["user_name"] for row in ask("models/vendor/b/chats?order_by=user_name")["chats"]] == ["Ann", None]


def test_overview_has_ratings_by_day_and_the_commonest_tags(ask, chat, login):
    from models import database
    from models.feedbacks import Feedback

    ann = login("ann")
    chat(ann.id, reply("vendor/b"), tags=["maths", "code"])
    chat(ann.id, reply("vendor/b"), tags=["code"])
    with database.connection():
        for rating in (1, "1", -1, 0):
            Feedback.create(user_id=ann.id, type="rating", data={"rating": rating, "model_id": "vendor/b"})
    answer = ask("models/vendor/b/overview?days=2")
    assert answer["tags"] == [{"tag": "code", "count": 2}, {"tag": "maths", "count": 1}]
    assert len(answer["history"]) == 3
    assert (answer["history"][-1]["won"], answer["history"][-1]["lost"]) == (2, 1)
    assert ask("models/none/overview?days=0") == {"history": [], "tags": []}


def test_only_administrators_see_figures(login, anonymous):
    assert login("ann").get("/api/v1/analytics/summary").status_code == 401
    assert anonymous.get("/api/v1/analytics/summary").status_code == 401


def test_figures_can_be_switched_off(backend):
    from app import create_app

    without = create_app(config.load({**backend.environ, "ENABLE_ADMIN_ANALYTICS": "false"}))
    assert not [rule for rule in without.url_map.iter_rules() if "/analytics/" in rule.rule]
