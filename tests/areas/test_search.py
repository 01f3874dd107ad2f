"""The search of the sidebar with its operators, and the search across kinds."""

import time

import pytest
from areas.test_chats import CHATS, make, titles


def search(caller, text, **more):
    return caller.get(CHATS + "/search", query_string={"text": text, **more})


@pytest.fixture
def ann(login):
    ann = login("ann")
    folder = ann.post("/api/v1/folders/", {"name": "My Work"}).json["id"]
    make(ann, "Alpha", text='ÜBERtext "quoted" 100% sure')
    beta = make(ann, "Beta", text="needle in hay")
    make(ann, "Gamma", text="needle of work", folder_id=folder)
    archived = make(ann, "Delta", text="needle put away")
    pinned = make(ann, "Epsilon", text="else")
    ann.post(f"{CHATS}/{beta}/tags", {"name": "Red Tag"})
    ann.post(f"{CHATS}/{beta}/share")
    ann.post(f"{CHATS}/{archived}/archive")
    ann.post(f"{CHATS}/{pinned}/pin")
    return ann


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("needle", {"Beta", "Gamma"}),
        ("NEEDLE", {"Beta", "Gamma"}),
        ("eedl", {"Beta", "Gamma"}),
        ("übertext", {"Alpha"}),
        ("ÜBERTEXT", {"Alpha"}),
        ('"quoted"', {"Alpha"}),
        ("100%", {"Alpha"}),
        ("hay needle", {"Beta"}),
        ("lph", {"Alpha"}),
        ("beta hay", {"Beta"}),
        ("in", {"Beta"}),
        ("needle archived:true", {"Delta"}),
        ("tag:red_tag", {"Beta"}),
        ("needle tag:Red_Tag", {"Beta"}),
        ("tag:none", {"Alpha", "Gamma", "Epsilon"}),
        ("tag:absent", set()),
        ("folder:my_work", {"Gamma"}),
        ("folder:nowhere", set()),
        ("pinned:true", {"Epsilon"}),
        ("needle pinned:maybe", {"Beta", "Gamma"}),
        ("shared:true", {"Beta"}),
        ("shared:false needle", {"Gamma"}),
        ("other:thing", set()),
        ("nothing like it", set()),
    ],
)
def test_words_and_operators(ann, text, found):
    assert set(titles(search(ann, text))) == found


def test_a_hit_tells_where(ann):
    assert search(ann, "hay").json[0]["snippet"] == "needle in hay 0"
    assert search(ann, "beta").json[0]["snippet"] is None
    assert search(ann, "needle", page=2).json == []


def test_nobody_finds_the_chats_of_others(ann, login):
    assert search(login("bob"), "needle").json == []
    assert login("bob").get("/api/v1/search?q=needle").json["items"] == []


def test_what_changed_is_found_and_what_is_gone_is_not(ann):
    beta = search(ann, "tag:red_tag").json[0]["id"]
    ann.post(f"{CHATS}/{beta}/messages/m0", {"content": "quicksilver"})
    ann.post(f"{CHATS}/{beta}", {"chat": {"title": "Mercury"}})
    assert titles(search(ann, "quicksilver")) == ["Mercury"]
    assert titles(search(ann, "beta")) == []
    ann.delete(f"{CHATS}/{beta}")
    assert titles(search(ann, "quicksilver")) == []


def test_rows_that_the_other_server_writes_are_found(ann, backend):
    beta = search(ann, "tag:red_tag").json[0]["id"]
    sql = "UPDATE chat_message SET content = ? WHERE id = ?"
    backend.execute(sql, '"written \\"elsewhere\\""', f"{beta}-m1")
    assert titles(search(ann, "elsewhere")) == ["Beta"]
    backend.execute("DELETE FROM chat_message WHERE id = ?", f"{beta}-m1")
    assert titles(search(ann, "elsewhere")) == []


def test_search_works_without_its_index(ann):
    from models import chat_index, database

    with database.connection():
        chat_index.prepare(False)
    try:
        assert set(titles(search(ann, "needle"))) == {"Beta", "Gamma"}
        assert set(titles(search(ann, "ÜBERTEXT"))) == {"Alpha"}
    finally:
        with database.connection():
            chat_index.prepare(True)
    assert set(titles(search(ann, "needle"))) == {"Beta", "Gamma"}


def test_a_large_index_is_made_beside_the_requests(ann, monkeypatch):
    from models import chat_index, database

    monkeypatch.setattr(chat_index, "_AT_ONCE", -1)
    with database.connection():
        chat_index.prepare(False)
        chat_index.prepare(True)
        assert set(titles(search(ann, "needle"))) == {"Beta", "Gamma"}
    make(ann, "Later", text="needle at last")
    deadline = time.monotonic() + 20
    while not chat_index._stands[0] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert chat_index._stands[0]
    with database.connection():
        assert len(chat_index.candidates(["needle"])[0]) == 4
    assert set(titles(search(ann, "needle"))) == {"Beta", "Gamma", "Later"}


def test_search_across_kinds(ann):
    found = ann.get("/api/v1/search", query_string={"q": "needle"}).json
    assert {item["title"] for item in found["items"]} == {"Beta", "Gamma"}
    by_title = {item["title"]: item for item in found["items"]}
    assert by_title["Gamma"]["context"] == "My Work"
    assert by_title["Beta"]["url"].endswith("?message=m0")
    assert by_title["Beta"]["shared"] is True
    assert found["has_more"] is False
    assert found["scopes"][0]["name"] == "My Work"
    scope = found["scopes"][0]["id"]
    scoped = ann.get("/api/v1/search", query_string={"q": "needle", "scope": scope}).json
    assert [item["title"] for item in scoped["items"]] == ["Gamma"]


def test_percent_is_a_letter_across_kinds(ann):
    assert [i["title"] for i in ann.get("/api/v1/search", query_string={"q": "100%"}).json["items"]] == ["Alpha"]
    assert ann.get("/api/v1/search", query_string={"q": "nee%le"}).json["items"] == []


def test_notes_are_found_too(ann, backend):
    backend.execute(
        "INSERT INTO note (id, user_id, title, data, created_at, updated_at) VALUES ('n', ?, 'Note', ?, 1, 1)",
        ann.id,
        '{"content":{"md":"a needle noted"}}',
    )
    found = ann.get("/api/v1/search", query_string={"q": "noted", "kind": "note"}).json["items"]
    assert [(item["id"], item["snippet"]) for item in found] == [("note:n", "a needle noted")]
