"""What single messages do to the tree around them: edits, deletions, events, saves, copies. Each expectation is what
the other server answers (compared step by step)."""

import pytest
from test_chats import CHATS, save


def message(one, parent, role="user", **more):
    stamp = 1_700_000_001 if role == "user" else 1_700_000_002
    return {
        "id": one,
        "parentId": parent,
        "childrenIds": [],
        "role": role,
        "content": one,
        "timestamp": stamp,
        **({"done": True, "model": "m"} if role == "assistant" else {}),
        **more,
    }


def tree(*messages, current=None, **more):
    """A document of these messages, each linked under its parent."""
    found = {one["id"]: one for one in messages}
    for one in messages:
        if one["parentId"] in found:
            found[one["parentId"]]["childrenIds"].append(one["id"])
    return {"title": "T", "history": {"messages": found, "currentId": current}, **more}


def family(current=None):
    """A question with three answers, the first continued twice, and a second root."""
    return tree(
        message("u1", None),
        *(message(one, "u1", "assistant") for one in ("a1", "a1b", "a1c")),
        message("u2", "a1"),
        message("a2", "u2", "assistant"),
        message("r2", None),
        message("ra", "r2", "assistant"),
        current=current,
    )


def keep(caller, document):
    answer = caller.post(CHATS + "/new", {"chat": document})
    assert answer.status_code == 200, answer.text
    return f"{CHATS}/{answer.json['id']}"


def current(answer):
    return answer.json["chat"]["history"]["currentId"], answer.json["current_message_id"]


def children(answer, one):
    return answer.json["chat"]["history"]["messages"][one]["childrenIds"]


@pytest.fixture
def ann(login):
    return login("ann")


# -- what is shown


@pytest.mark.parametrize(
    ("messages", "at", "end"),
    [
        ([message("u", None), message("a", "u", "assistant"), message("b", "u", "assistant")], "u", "b"),
        ([message("u", None), message("a", "u", "assistant"), message("b", "u", "assistant")], None, "a"),
        ([message("u", None), message("a", "u", "assistant", timestamp=1_800_000_000)], "gone", "a"),
        ([message("x", "y"), message("y", "x", "assistant")], "x", "y"),
        ([message("x", "y"), message("y", "x", "assistant")], "y", "x"),
        ([message("x", "y"), message("y", "x", "assistant")], None, None),
    ],
)
def test_a_chat_opens_at_an_end(ann, messages, at, end):
    path = keep(ann, tree(*[dict(one, childrenIds=[]) for one in messages], current=at))
    assert ann.get(path).json["chat"]["history"]["currentId"] == end


def test_reading_keeps_the_order_of_children_and_adds_the_forgotten(ann):
    document = family("u1")
    document["history"]["messages"]["u1"]["childrenIds"] = ["a1c", "a1"]
    path = keep(ann, document)
    shown = ann.get(path)
    assert children(shown, "u1") == ["a1c", "a1", "a1b"]
    assert shown.json["chat"]["history"]["currentId"] == "a1b"
    assert ann.get(f"{CHATS}/stats/export/{shown.json['id']}").json["chat"]["history"]["currentId"] == "a1b"
    assert ann.post(path + "/clone", {}).json["current_message_id"] == "a1b"


def test_saving_puts_children_in_the_order_of_the_messages(ann):
    document = family("a2")
    document["history"]["messages"]["u1"]["childrenIds"] = ["a1c", "a1b", "a1"]
    path = keep(ann, document)
    assert children(ann.post(path, {"chat": {"history": {"currentId": "a2"}}}), "u1") == ["a1", "a1b", "a1c"]


def test_a_new_title_leaves_the_place_in_the_lists(ann, backend):
    path = keep(ann, family("a2"))
    chat_id = path.rsplit("/", 1)[1]
    for body, moves in (
        ({"title": "other"}, False),
        ({"params": {"a": 1}}, False),
        ({"history": {"currentId": "a2"}}, True),
    ):
        backend.execute("UPDATE chat SET updated_at = 5 WHERE id = ?", chat_id)
        assert (save(ann, chat_id, body).json["updated_at"] > 5) == moves


def test_saved_flat_messages_are_the_savers(ann):
    path = keep(ann, family("a2"))
    flat = [{"role": "user", "content": "x", "user_id": "somebody", "user": {"id": "somebody"}}]
    saved = ann.post(path, {"chat": {"messages": flat}}).json["chat"]["messages"][0]
    assert saved["user_id"] == saved["user"]["id"] == ann.id


# -- edits and deletions


@pytest.mark.parametrize(
    ("gone", "end"), [("u1", "ra"), ("r2", "a1c"), ("a1", "a2"), ("u2", "a1"), ("a2", "u2"), ("unknown", "a2")]
)
def test_what_is_shown_after_a_deletion(ann, gone, end):
    path = keep(ann, family("a1"))
    assert current(ann.delete(f"{path}/messages/{gone}")) == (end, end)


def test_after_an_orphans_deletion_nothing_is_shown(ann):
    path = keep(ann, tree(message("o", "lost"), message("u", None), current="o"))
    assert current(ann.delete(f"{path}/messages/o"))[0] is None


def test_a_deletion_keeps_the_order_of_those_who_stay(ann):
    document = family("a2")
    document["history"]["messages"]["u1"]["childrenIds"] = ["a1c", "a1b", "a1"]
    path = keep(ann, document)
    assert children(ann.delete(f"{path}/messages/a1b"), "u1") == ["a1c", "a1"]


def test_an_edit_ends_the_branch_at_its_end(ann):
    for change in ({"content": "x"}, {"voice": {"id": "v"}}):
        path = keep(ann, family("u2"))
        assert current(ann.post(f"{path}/messages/r2", change)) == ("a2", "a2")


def test_there_is_no_voice_without_a_message(ann):
    path = keep(ann, family("a2"))
    for body in ({"voice": {"id": "v"}}, {"voice": {"id": "v"}, "content": "x"}):
        assert ann.post(f"{path}/messages/unknown", body).status_code == 404
    assert "unknown" not in ann.get(path).json["chat"]["history"]["messages"]


# -- events


def say(caller, path, one, kind, data):
    return caller.post(f"{path}/messages/{one}/event", {"type": kind, "data": data})


@pytest.mark.parametrize(
    ("kind", "data", "answer", "key", "left"),
    [
        ("files", {"files": "x"}, False, "files", None),
        ("embeds", {"embeds": 5}, False, "embeds", None),
        ("message", {"content": 5}, False, "content", "a2"),
        ("source", {"type": "code_execution", "id": "x"}, True, "sources", None),
        ("citation", {"type": "", "source": {}}, True, "sources", None),
        ("source", {"type": None, "source": {}}, True, "sources", [{"type": None, "source": {}}]),
    ],
)
def test_what_an_event_leaves(ann, kind, data, answer, key, left):
    path = keep(ann, family("a2"))
    assert say(ann, path, "a2", kind, data).json is answer
    assert ann.get(path).json["chat"]["history"]["messages"]["a2"].get(key) == left


@pytest.mark.parametrize(
    ("kind", "data", "made"),
    [
        ("files", {"files": [1]}, True),
        ("embeds", {"embeds": [1]}, True),
        ("source", {"source": {}}, True),
        ("replace", {"content": "x"}, True),
        ("status", {"done": True}, False),
        ("message", {"content": "x"}, False),
    ],
)
def test_an_event_of_an_unknown_message(ann, kind, data, made):
    path = keep(ann, family("a2"))
    assert say(ann, path, "unknown", kind, data).json is True
    chat = ann.get(path).json
    assert ("unknown" in chat["chat"]["history"]["messages"]) == made
    assert chat["current_message_id"] == ("unknown" if made else "a2")


def test_an_event_leaves_the_place_in_the_lists(ann, backend):
    path = keep(ann, family("a2"))
    backend.execute("UPDATE chat SET updated_at = 5 WHERE id = ?", path.rsplit("/", 1)[1])
    say(ann, path, "a2", "status", {"done": True})
    assert ann.get(path).json["updated_at"] == 5


# -- forks


def test_a_fork_ends_where_the_chat_stands(ann):
    path = keep(ann, family("u1"))
    fork = ann.post(path + "/fork", {})
    assert current(fork) == ("u1", "u1") and list(fork.json["chat"]["history"]["messages"]) == ["u1"]


@pytest.mark.parametrize(
    ("document", "body", "status"),
    [
        (tree(message("o", "lost"), current="o"), {}, 404),
        (tree(message("x", "y"), message("y", "x")), {}, 400),
        ({"title": "T", "history": {"messages": {}, "currentId": "x"}}, {}, 400),
        (tree(message("u", None), current="nope"), {}, 404),
    ],
)
def test_a_branch_that_cannot_be_forked(ann, document, body, status):
    assert ann.post(keep(ann, document) + "/fork", body).status_code == status


def test_copies_stay_pinned_and_keep_their_tags(ann, admin):
    path = keep(ann, family("a2"))
    ann.post(path + "/pin")
    ann.post(path + "/tags", {"name": "x"})
    ann.delete(path + "/tags", json={"name": "x"})
    for made in ("fork", "clone"):
        copy = ann.post(f"{path}/{made}", {}).json
        assert copy["pinned"] is True and copy["meta"]["tags"] == []
    assert admin.post(path + "/fork", {}).json["pinned"] is False


def test_messages_that_are_null_are_not_counted(ann):
    path = keep(ann, {"title": "T", "history": {"messages": None}})
    assert ann.get(path.replace(CHATS, CHATS + "/stats/export")).status_code == 400
    assert ann.get(CHATS + "/stats/export").json["total"] == 1


def test_tags_of_an_import_are_texts(ann):
    document = family("a2")
    body = {"chats": [{"chat": document}, {"chat": document, "meta": {"tags": ["x", 5]}}]}
    assert ann.post(CHATS + "/import", body).status_code == 400
    assert ann.get(CHATS + "/").json == [] and ann.get(CHATS + "/all/tags").json == []


# -- who hears of it


@pytest.mark.live
def test_who_else_looks_at_a_chat_hears_states_and_no_more(enter, live):
    ann, viewer = enter("ann").connect(), live.admin.connect()
    path = f"{CHATS}/{ann.post(CHATS + '/new', json={'chat': family('a2')}).json()['id']}"
    chat_id = path.rsplit("/", 1)[1]
    assert viewer.socket.call("events:chat", {"chat_id": chat_id, "data": {"type": "join"}}) is True
    state = {"done": True, "output": [], "title": "x", "choices": []}
    for kind, data in (
        ("chat:messages", {"messages": {}, "currentId": "a2"}),
        ("chat:outlet", {"messages": []}),
        ("chat:completion", state),
        ("chat:message:follow_ups", {"follow_ups": ["last"]}),
    ):
        assert ann.post(f"{path}/messages/a2/event", json={"type": kind, "data": data}).json() is True
    ann.post(f"{path}/messages/a2", json={"content": "x", "voice": {"id": "v"}})
    ann.wait_kind("chat:message", content="x")
    viewer.wait_kind("chat:message:follow_ups")

    def heard(person):
        return [
            (p["data"]["type"], p["data"].get("data"))
            for _, p in person.events
            if p.get("chat_id") == chat_id and p["data"]["type"] != "chat:presence"
        ]

    follow_ups = ("chat:message:follow_ups", {"follow_ups": ["last"]})
    assert heard(viewer) == [
        ("chat:messages", {"messages": {}, "currentId": "a2"}),
        ("chat:completion", {"done": True, "output": []}),
        follow_ups,
    ]
    edited = {"chat_id": chat_id, "message_id": "a2", "content": "x"}
    assert heard(ann) == [
        ("chat:outlet", {"messages": []}),
        ("chat:completion", state),
        follow_ups,
        ("chat:message", edited),
    ]
    viewer.socket.disconnect()
