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


def test_excerpts_across_kinds_are_cut_around_the_word(ann):
    make(ann, "Long", text="a" * 1000 + " \n\n quicksilver" + "b" * 3000)
    make(ann, "Short", text="  two\n\n  lines  ")
    found = {item["title"]: item for item in ann.get("/api/v1/search?q=quicksilver").json["items"]}
    assert found["Long"]["snippet"] == "…" + "a" * 46 + " \n\n quicksilver" + "b" * 139 + "…"
    assert found["Long"]["preview"] == "…" + "a" * 596 + " \n\n quicksilver" + "b" * 1789 + "…"
    found = ann.get("/api/v1/search?q=lines").json["items"][0]
    assert found["snippet"].startswith("two\n\n  lines")
    assert found["preview"] == found["snippet"]


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'needle'", {"Beta", "Gamma"}),
        ("needle, (hay)", {"Beta"}),
        ("hay-needle", {"Beta"}),
        ("«needle»", {"Beta", "Gamma"}),
        ("n'eedle", {"Beta", "Gamma"}),
        ("' '", set()),
        ("pinned:true pinned:false", {"Epsilon"}),
        ("pinned:false pinned:true", {"Epsilon"}),
    ],
)
def test_marks_between_words_do_not_count(ann, text, found):
    assert set(titles(search(ann, text))) == found


def test_what_holds_the_text_as_it_was_asked_comes_first(login):
    bob = login("bob")
    for title, text in (("old", "green apples"), ("older", "apples, green"), ("new", "apples that are green")):
        make(bob, title, text=text)
    found = search(bob, "green apples").json
    assert found[0]["title"] == "old" and {one["title"] for one in found[1:]} == {"older", "new"}
    assert titles(search(bob, '"green apples"'))[0] != "old" or len(found) == 3


def test_a_snippet_is_one_line_around_the_text(login):
    bob = login("bob")
    make(bob, "long", text="green " + "x " * 200 + "the\n\tgreen apples " + "y " * 200)
    snippet = search(bob, "green").json[0]["snippet"]
    assert snippet.startswith("green x") and snippet.endswith("...") and len(snippet) <= 206
    snippet = search(bob, "apples").json[0]["snippet"]
    assert "the green apples y" in snippet and snippet.startswith("...") and "\n" not in snippet


def test_pages_of_a_ranked_search_show_everything_once(login, monkeypatch):
    from models import chat_search

    monkeypatch.setattr(chat_search.find, "__defaults__", (2,))
    bob = login("bob")
    for number in range(3):
        make(bob, f"as asked {number}", text="green apples")
        make(bob, f"otherwise {number}", text="apples green")
    pages = [titles(search(bob, "green apples", page=page)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 2, 0]
    assert {title.rsplit(" ", 1)[0] for title in pages[0] + pages[1][:1]} == {"as asked"}
    assert len({title for page in pages for title in page}) == 6


def test_the_quotes_around_a_text_are_none_of_its_own(login):
    bob = login("bob")
    make(bob, "bare", count=1, text="banana")
    make(bob, "quoted", count=1, text='a "banana 0" here')
    answer = bob.get("/api/v1/search", query_string={"q": '"banana'}).json
    assert [item["title"] for item in answer["items"]] == ["quoted"]


def test_titles_lead_the_search_across_kinds(login):
    bob = login("bob")
    for title in ("apple", "an apple pie", "newest"):
        make(bob, title, text="apple")
    found = bob.get("/api/v1/search", query_string={"q": "Apple"}).json["items"]
    assert [item["title"] for item in found] == ["apple", "an apple pie", "newest"]


def test_archived_chats_carry_their_tags(ann):
    chat_id = search(ann, "needle archived:true").json[0]["id"]
    ann.post(f"{CHATS}/{chat_id}/tags", {"name": "Red Tag"})
    assert set(titles(ann.post(CHATS + "/tags", {"name": "red tag"}))) == {"Beta", "Delta"}
