"""What the other server was seen to do with chats and folders where nothing says it: orders, archived ones, copies of
links, figures of usage, documents that are nearly right (measured with both servers side by side)."""

import json

import pytest
from areas.test_chats import CHATS, make, save
from areas.test_sharing import grant, open_sharing, share

FOLDERS = "/api/v1/folders"
__all__ = ["open_sharing"]


def imported(caller, title, **columns):
    chat = {"chat": {"title": title}, "created_at": 1_700_000_000, "updated_at": 1_700_000_100, **columns}
    return caller.post(f"{CHATS}/import", {"chats": [chat]}).json[0]["id"]


def titles(answer):
    return [one["title"] for one in answer.json]


def test_archived_chats_are_in_the_whole_export_and_in_an_administrators_list(login, admin):
    ann = login("ann")
    imported(ann, "here")
    imported(ann, "put away", archived=True, updated_at=1_700_000_200)
    exported = [json.loads(line)["title"] for line in ann.get(f"{CHATS}/all").text.splitlines()]
    assert exported == ["put away", "here"] == titles(admin.get(f"{CHATS}/list/user/{ann.id}"))


def test_a_managed_list_needs_a_column_and_a_direction_to_be_ordered(login):
    ann = login("ann")
    for number, title in enumerate("bca"):
        imported(ann, title, archived=True, updated_at=1_700_000_100 + number, created_at=1_700_000_000 - number)
    asked = [
        titles(ann.get(f"{CHATS}/archived{query}"))
        for query in ("", "?order_by=title", "?direction=asc", "?order_by=title&direction=asc", "?query=%25")
    ]
    made = ["b", "c", "a"]
    assert asked == [["a", "c", "b"], made, made, ["a", "b", "c"], made]


def test_the_sidebar_is_not_ordered_by_creation(login):
    ann = login("ann")
    for number, title in enumerate("ab"):
        imported(ann, title, updated_at=1_700_000_100 - number, created_at=1_700_000_000 + number)
    assert titles(ann.get(f"{CHATS}/?sort_by=created_at&sort_dir=desc")) == ["a", "b"]
    assert titles(ann.get(f"{CHATS}/?sort_by=updated_at&sort_dir=asc")) == ["b", "a"]


def test_a_page_that_no_database_can_count_to_is_refused(login):
    ann = login("ann")
    for path in ("/?page=", "/list?page=", "/stats/usage?page=", "/stats/usage?items_per_page=", "/stats/export?page="):
        assert ann.get(f"{CHATS}{path}99999999999999999999").status_code == 400


def test_a_link_to_continue_is_copied_as_the_chat_is_now(login):
    ann, bob = login("ann"), login("bob")
    for mode, title in (("continue", "Clone of After"), (None, "Clone of Before")):
        chat_id = make(ann, "Before")
        link = share(ann, chat_id, [grant("user", bob.id)], share_mode=mode).rsplit("/", 1)[1]
        save(ann, chat_id, {"title": "After"})
        copy = bob.post(f"{CHATS}/{link}/clone/shared").json
        assert copy["title"] == title
        assert copy["chat"]["originalChatId"] == (chat_id if mode else link)


def test_shared_folders_are_listed_for_both_sides(login, open_sharing):
    ann, bob = login("ann"), login("bob")
    outer = ann.post(f"{FOLDERS}/", {"name": "outer"}).json["id"]
    ann.post(f"{FOLDERS}/", {"name": "inner", "parent_id": outer})
    ann.post(f"{FOLDERS}/", {"name": "private"})
    body = {"access_grants": [grant("user", bob.id, "write")]}
    assert ann.post(f"{FOLDERS}/{outer}/access/update", body).status_code == 200
    for caller in (ann, bob):
        listed = {one["name"]: one["permission"] for one in caller.get(f"{FOLDERS}/shared").json}
        assert listed == {"outer": "write", "inner": "write"}


@pytest.mark.parametrize(
    ("usage", "figures"),
    [
        ({"prompt_eval_count": 11, "eval_count": 7}, (11, 7, 18)),
        ({"prompt_n": 21, "predicted_n": 9}, (21, 9, 30)),
        ({"prompt_tokens": 0, "prompt_eval_count": 5}, (5, 0, 5)),
        ({"prompt_tokens": 2, "total_tokens": 50}, (2, 0, 50)),
    ],
)
def test_usage_in_the_names_of_other_programs_is_counted(login, backend, usage, figures):
    ann = login("ann")
    message = {"id": "a", "role": "assistant", "content": "x", "model": "m", "usage": usage, "done": True}
    chat_id = make(ann)
    save(ann, chat_id, {"history": {"messages": {"a": {**message, "parentId": None}}, "currentId": "a"}})
    stored = backend.execute("SELECT usage FROM chat_message WHERE id = ?", f"{chat_id}-a")[0][0]
    stored = json.loads(stored) if isinstance(stored, str) else stored
    assert tuple(stored[name] for name in ("input_tokens", "output_tokens", "total_tokens")) == figures


def test_documents_that_are_nearly_right(login):
    ann = login("ann")
    assert ann.post(f"{CHATS}/new", {"chat": {"history": None}}).status_code == 400
    for chat in ({"history": {"messages": []}}, {"messages": {}}, {"history": {}}):
        made = ann.post(f"{CHATS}/new", {"chat": chat})
        assert made.status_code == 200
        path = f"{CHATS}/{made.json['id']}"
        assert ann.post(f"{path}/fork", {}).status_code == 400
        assert ann.post(path, {"chat": {"title": "after"}}).json["title"] == "after"
    lost = {"history": {"messages": {"a": {"id": "a", "role": "user", "content": "x"}}, "currentId": "gone"}}
    made = ann.post(f"{CHATS}/new", {"chat": lost}).json["id"]
    assert ann.post(f"{CHATS}/{made}/fork", {}).status_code == 404


def test_a_folder_that_is_an_empty_text_is_not_there(login):
    ann = login("ann")
    assert ann.post(f"{CHATS}/new", {"chat": {}, "folder_id": ""}).status_code == 404
    assert ann.post(f"{CHATS}/{make(ann)}/folder", {"folder_id": ""}).status_code == 404
    folder = ann.post(f"{FOLDERS}/", {"name": "F"}).json["id"]
    assert ann.post(f"{FOLDERS}/{folder}/update", {"data": None}).status_code == 400


def test_what_was_looked_for_leads_what_is_pinned(login):
    ann = login("ann")
    imported(ann, "old plan", pinned=True)
    imported(ann, "new plan", updated_at=1_700_000_200)
    assert [one["title"] for one in ann.get("/api/v1/search?q=plan").json["items"]] == ["new plan", "old plan"]
    assert [one["title"] for one in ann.get("/api/v1/search").json["items"]] == ["old plan", "new plan"]
