"""Chats: one chat, lists, messages, tags, copies, import and export (issue: chats, folders and search)."""

import json

import pytest

CHATS = "/api/v1/chats"


def document(title="Chat", count=2, text="hello", **more):
    messages, previous = {}, None
    for i in range(count):
        one = f"m{i}"
        messages[one] = {
            "id": one,
            "parentId": previous,
            "childrenIds": [],
            "role": "assistant" if i % 2 else "user",
            "content": f"{text} {i}",
            "timestamp": 1_700_000_000 + i,
            **({"model": "m", "done": True} if i % 2 else {}),
        }
        if previous:
            messages[previous]["childrenIds"].append(one)
        previous = one
    return {"title": title, "history": {"currentId": previous, "messages": messages}, **more}


def make(caller, *args, **kwargs):
    folder = kwargs.pop("folder_id", None)
    answer = caller.post(CHATS + "/new", {"chat": document(*args, **kwargs), "folder_id": folder})
    assert answer.status_code == 200, answer.text
    return answer.json["id"]


def save(caller, chat_id, chat):
    return caller.post(f"{CHATS}/{chat_id}", {"chat": chat})


def titles(answer):
    return [one["title"] for one in answer.json]


def test_a_chat_is_given_back_as_it_was_posted(login):
    ann = login("ann")
    made = ann.post(CHATS + "/new", {"chat": document(extra={"kept": [1, None]})}).json
    chat = ann.get(f"{CHATS}/{made['id']}").json
    assert chat["chat"]["extra"] == {"kept": [1, None]}
    assert chat["chat"]["history"]["messages"]["m0"]["user"] == {"id": ann.id, "name": "Ann"}
    assert chat["chat"]["share_mode"] == "continue"
    assert chat["current_message_id"] == "m1"
    assert "share_mode" not in made["chat"]


def test_nobody_else_reads_a_chat_but_an_administrator(login, admin, anonymous):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann)
    assert bob.get(f"{CHATS}/{chat_id}").status_code == 401
    assert anonymous.get(f"{CHATS}/{chat_id}").status_code == 401
    seen = admin.get(f"{CHATS}/{chat_id}")
    assert seen.status_code == 200
    assert seen.json["chat"]["share_mode"] is None


def test_an_administrator_without_the_switch_reads_nothing(login, admin, backend):
    import config
    from utils.settings import environment

    chat_id = make(login("ann"))
    environment.use(config.load({**backend.environ, "ENABLE_ADMIN_CHAT_ACCESS": "false"}))
    assert admin.get(f"{CHATS}/{chat_id}").status_code == 401
    assert admin.delete(f"{CHATS}/{chat_id}").status_code == 404


def test_parameters_are_for_the_owner_only(login, admin):
    ann = login("ann")
    body = {"chat": document(params={"system": "secret"}), "variables": {"v": "1"}}
    chat_id = ann.post(CHATS + "/new", body).json["id"]
    seen = admin.get(f"{CHATS}/{chat_id}").json
    assert "params" not in seen["chat"]
    assert seen["variables"] == {}
    assert ann.get(f"{CHATS}/{chat_id}").json["variables"] == {"v": "1"}


@pytest.mark.parametrize(
    "chat",
    [
        {"title": 5},
        {"title": None},
        {"history": 5},
        {"history": {"messages": [1]}},
        {"history": {"messages": {"a": 5}}},
        {"messages": [1]},
    ],
)
def test_a_malformed_chat_is_refused_and_nothing_stored(login, chat):
    ann = login("ann")
    assert ann.post(CHATS + "/new", {"chat": chat}).status_code == 400
    assert ann.post(CHATS + "/import", {"chats": [{"chat": document()}, {"chat": chat}]}).status_code == 400
    chat_id = make(ann)
    assert save(ann, chat_id, chat).status_code == 400
    assert len(ann.get(CHATS + "/").json) == 1


def test_saving_joins_the_histories_of_two_tabs(login):
    ann = login("ann")
    chat_id = make(ann, count=2)
    one = {"id": "x", "parentId": "m1", "role": "user", "content": "from one tab"}
    two = {"id": "y", "parentId": "m1", "role": "user", "content": "from the other"}
    save(ann, chat_id, {"history": {"currentId": "x", "messages": {"x": one}}})
    saved = save(ann, chat_id, {"history": {"currentId": "gone", "messages": {"y": two}}}).json
    messages = saved["chat"]["history"]["messages"]
    assert messages["m1"]["childrenIds"] == ["x", "y"]
    assert saved["chat"]["history"]["currentId"] == "x"
    assert set(messages) == {"m0", "m1", "x", "y"}


def test_an_unfinished_reply_wins_over_a_tabs_copy(login):
    ann = login("ann")
    chat = document()
    chat["history"]["messages"]["m1"]["done"] = False
    chat_id = ann.post(CHATS + "/new", {"chat": chat}).json["id"]
    copy = {"id": "m1", "parentId": "m0", "role": "assistant", "content": "stale", "done": True}
    saved = save(ann, chat_id, {"history": {"messages": {"m1": copy}}}).json
    assert saved["chat"]["history"]["messages"]["m1"]["content"] == "hello 1"


def test_rings_and_orphans_in_a_tree_do_no_harm(login):
    ann = login("ann")
    chat_id = make(ann)
    messages = {
        "a": {"id": "a", "parentId": "b", "role": "user", "content": "1"},
        "b": {"id": "b", "parentId": "a", "role": "user", "content": "2"},
        "s": {"id": "s", "parentId": "s", "role": "user", "content": "3"},
        "o": {"id": "o", "parentId": "nowhere", "role": "user", "content": "4"},
    }
    assert save(ann, chat_id, {"history": {"currentId": "a", "messages": messages}}).status_code == 200
    assert ann.get(f"{CHATS}/{chat_id}").status_code == 200
    assert ann.post(f"{CHATS}/{chat_id}/fork", {"message_id": "a"}).status_code == 400
    assert ann.post(f"{CHATS}/{chat_id}/fork", {"message_id": "o"}).status_code == 404
    assert ann.delete(f"{CHATS}/{chat_id}/messages/s").status_code == 200


def test_nul_and_lone_surrogates_are_dropped(login):
    ann = login("ann")
    raw = (
        r'{"chat": {"title": "a\u0000b\ud800c", "history": {"currentId": "m\u0000", "messages": '
        r'{"m\u0000": {"role": "user", "content": "x\u0000"}}}}}'
    )
    answer = ann.post(CHATS + "/new", data=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert "\x00" not in answer.json["title"]
    assert answer.json["chat"]["history"]["messages"]["m"]["content"] == "x"
    assert ann.get(f"{CHATS}/{answer.json['id']}").status_code == 200


def test_a_chat_opens_at_the_end_of_its_branch(login):
    ann = login("ann")
    chat = document(count=4)
    chat["history"]["currentId"] = "m1"
    chat_id = ann.post(CHATS + "/new", {"chat": chat}).json["id"]
    assert ann.get(f"{CHATS}/{chat_id}").json["chat"]["history"]["currentId"] == "m3"


def test_rows_that_are_missing_are_filled_by_reading(login, backend):
    ann = login("ann")
    chat_id = make(ann, count=4)
    backend.execute("DELETE FROM chat_message WHERE id = ?", f"{chat_id}-m1")
    ann.get(f"{CHATS}/{chat_id}")
    assert backend.execute("SELECT count(*) FROM chat_message WHERE chat_id = ?", chat_id) == [(4,)]


def test_pages_leave_out_what_was_pinned_archived_or_filed(login):
    ann = login("ann")
    folder = ann.post("/api/v1/folders/", {"name": "F"}).json["id"]
    pinned, archived = make(ann, "Pinned"), make(ann, "Archived")
    make(ann, "Filed", folder_id=folder)
    make(ann, "Plain")
    ann.post(f"{CHATS}/{pinned}/pin")
    ann.post(f"{CHATS}/{archived}/archive")
    assert titles(ann.get(CHATS + "/?page=1")) == ["Plain"]
    assert set(titles(ann.get(CHATS + "/?page=1&include_pinned=true&include_folders=true"))) == {
        "Plain",
        "Pinned",
        "Filed",
    }
    assert titles(ann.get(CHATS + "/pinned")) == ["Pinned"]
    assert titles(ann.get(CHATS + "/archived")) == ["Archived"]
    assert ann.get(CHATS + "/archived/count").json == 1
    assert ann.get(CHATS + "/?page=2").json == []
    assert ann.get(CHATS + "/?page=99999999999999999999").status_code == 400
    assert titles(ann.get(CHATS + "/?page=-4")) == ["Plain"]


def test_chats_inside_other_features_are_in_no_list(login, backend):
    ann = login("ann")
    chat_id = make(ann, "Inner")
    backend.execute("UPDATE chat SET meta = ? WHERE id = ?", '{"internal":true,"type":"subagent"}', chat_id)
    assert ann.get(CHATS + "/").json == []
    assert ann.get(CHATS + "/search?text=inner").json == []


def test_deleting_a_message_takes_its_answers_and_lifts_the_rest(login, backend):
    ann = login("ann")
    chat_id = make(ann, count=6)
    history = ann.delete(f"{CHATS}/{chat_id}/messages/m2").json["chat"]["history"]
    assert set(history["messages"]) == {"m0", "m1", "m4", "m5"}
    assert history["messages"]["m4"]["parentId"] == "m1"
    assert history["messages"]["m1"]["childrenIds"] == ["m4"]
    rows = backend.execute("SELECT id, parent_id FROM chat_message WHERE chat_id = ?", chat_id)
    assert dict(rows)[f"{chat_id}-m4"] == "m1"
    assert len(rows) == 4


def test_editing_a_message_changes_document_and_row(login, admin, backend):
    ann = login("ann")
    chat_id = make(ann)
    path = f"{CHATS}/{chat_id}/messages/m1"
    assert ann.post(path, {"content": "edited"}).json["chat"]["history"]["messages"]["m1"]["content"] == "edited"
    row = backend.execute("SELECT content FROM chat_message WHERE id = ?", f"{chat_id}-m1")[0][0]
    assert row in ('"edited"', "edited")
    assert ann.post(path, {}).status_code == 400
    assert login("bob").post(path, {"content": "x"}).status_code == 401
    assert admin.post(path, {"content": "x"}).status_code == 200


def test_an_event_leaves_its_mark_in_the_message(login):
    ann = login("ann")
    chat_id = make(ann)
    for kind, data in (("status", {"done": True}), ("replace", {"content": "a"}), ("message", {"content": "b"})):
        assert ann.post(f"{CHATS}/{chat_id}/messages/m1/event", {"type": kind, "data": data}).json is True
    message = ann.get(f"{CHATS}/{chat_id}").json["chat"]["history"]["messages"]["m1"]
    assert message["content"] == "ab"
    assert message["statusHistory"] == [{"done": True}]


def test_tags_come_and_go_with_their_last_chat(login):
    ann = login("ann")
    one, two = make(ann), make(ann)
    ann.post(f"{CHATS}/{one}/tags", {"name": "Über Uns"})
    answer = ann.post(f"{CHATS}/{two}/tags", {"name": "über uns"})
    assert answer.json == [{"id": "über_uns", "name": "Über Uns", "user_id": ann.id, "meta": None}]
    assert len(ann.post(CHATS + "/tags", {"name": "Über Uns"}).json) == 2
    assert ann.post(f"{CHATS}/{one}/tags", {"name": "None"}).status_code == 400
    ann.delete(f"{CHATS}/{one}/tags", json={"name": "über uns"})
    assert len(ann.get(CHATS + "/all/tags").json) == 1
    ann.delete(f"{CHATS}/{two}")
    assert ann.get(CHATS + "/all/tags").json == []


def test_deleting_a_chat_leaves_nothing_behind(login, backend):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann)
    ann.post(f"{CHATS}/{chat_id}/share")
    grants = [{"principal_type": "user", "principal_id": bob.id, "permission": "read"}]
    ann.post(f"{CHATS}/shared/{chat_id}/access/update", {"access_grants": grants})
    assert bob.delete(f"{CHATS}/{chat_id}").status_code == 404
    assert ann.delete(f"{CHATS}/{chat_id}").json is True
    for table in ("chat", "chat_message", "shared_chat", "chat_file", "access_grant"):
        assert backend.execute(f"SELECT count(*) FROM {table}") == [(0,)]


def test_deleting_needs_the_permission(login, admin):
    from utils.settings import keys

    ann = login("ann")
    chat_id = make(ann)
    tree = keys.USER_PERMISSIONS.get()
    keys.USER_PERMISSIONS.set({**tree, "chat": {**tree["chat"], "delete": False, "import": False}})
    assert ann.delete(f"{CHATS}/{chat_id}").status_code == 401
    assert ann.delete(CHATS + "/").status_code == 401
    assert ann.post(f"{CHATS}/{chat_id}/clone", {}).status_code == 403
    assert ann.post(CHATS + "/import", {"chats": []}).status_code == 403


def test_a_fork_ends_at_its_message(login):
    ann = login("ann")
    chat_id = make(ann, "Long", count=6)
    fork = ann.post(f"{CHATS}/{chat_id}/fork", {"message_id": "m2"}).json
    assert list(fork["chat"]["history"]["messages"]) == ["m0", "m1", "m2"]
    assert fork["chat"]["history"]["currentId"] == "m2"
    assert fork["meta"]["forked_from"] == chat_id
    assert ann.post(f"{CHATS}/{chat_id}/fork", {"message_id": "none"}).status_code in (400, 404)


def test_a_clone_is_a_chat_of_its_own(login, backend):
    ann = login("ann")
    chat_id = make(ann, "Origin")
    clone = ann.post(f"{CHATS}/{chat_id}/clone", {}).json
    assert clone["title"] == "Clone of Origin"
    assert clone["chat"]["originalChatId"] == chat_id
    ann.delete(f"{CHATS}/{chat_id}")
    assert backend.execute("SELECT count(*) FROM chat_message WHERE chat_id = ?", clone["id"]) == [(2,)]


def test_import_takes_its_own_export_and_old_layouts(login):
    ann, bob = login("ann"), login("bob")
    make(ann, "Kept", count=4)
    lines = ann.get(CHATS + "/all").text.strip().splitlines()
    exported = json.loads(lines[0])
    old = {"title": "Old", "messages": [{"id": "a", "role": "user", "content": "hi"}]}
    sent = {"chats": [exported, {"chat": old, "created_at": 1_500_000_000, "meta": {"tags": ["Old One"]}}]}
    first, second = bob.post(CHATS + "/import", sent).json
    assert first["id"] != exported["id"]
    assert first["user_id"] == bob.id
    assert first["chat"]["history"]["messages"]["m0"]["user_id"] == bob.id
    assert second["created_at"] == 1_500_000_000
    assert second["current_message_id"] == "a"
    assert bob.get(f"{CHATS}/{second['id']}/tags").status_code == 200


def test_import_ignores_folders_of_others(login):
    ann, bob = login("ann"), login("bob")
    folder = ann.post("/api/v1/folders/", {"name": "F"}).json["id"]
    imported = bob.post(CHATS + "/import", {"chats": [{"chat": document(), "folder_id": folder}]}).json
    assert imported[0]["folder_id"] is None
    assert bob.post(CHATS + "/new", {"chat": {}, "folder_id": folder}).status_code == 404


def test_archive_all_and_back(login):
    ann = login("ann")
    make(ann), make(ann)
    assert ann.post(CHATS + "/archive/all").json is True
    assert ann.get(CHATS + "/archived/count").json == 2
    assert len(ann.get(CHATS + "/all/archived").json) == 2
    assert ann.post(CHATS + "/unarchive/all").json is True
    assert ann.get(CHATS + "/archived/count").json == 0


def test_unread_is_counted_by_folder(login):
    ann = login("ann")
    outer = ann.post("/api/v1/folders/", {"name": "Outer"}).json["id"]
    inner = ann.post("/api/v1/folders/", {"name": "Inner", "parent_id": outer}).json["id"]
    chat_id = make(ann, folder_id=inner)
    assert ann.post(f"{CHATS}/{chat_id}/unread").json["folder_unread_counts"] == {outer: 1, inner: 1}
    assert [one["unread_count"] for one in ann.get("/api/v1/folders/").json] == [1, 1]
    assert ann.post(CHATS + "/read").json == {"updated_count": 1, "folder_unread_counts": {outer: 0, inner: 0}}


def test_statistics_count_and_tell_no_text(login):
    ann = login("ann")
    chat_id = make(ann, count=4, text="secret")
    figures = ann.get(f"{CHATS}/stats/export/{chat_id}")
    assert figures.json["stats"]["history_message_count"] == 4
    assert figures.json["stats"]["models"] == {"m": 2}
    assert "secret" not in figures.text
    assert ann.get(CHATS + "/stats/usage").json["total"] == 1
    assert login("bob").get(f"{CHATS}/stats/export/{chat_id}").status_code == 401


def test_whole_exports_are_for_administrators(login, admin):
    ann = login("ann")
    make(ann)
    assert ann.get(CHATS + "/all/db").status_code == 401
    assert len(admin.get(CHATS + "/all/db").json) == 1
    assert len(admin.get(f"{CHATS}/list/user/{ann.id}").json) == 1


def test_settings_of_the_area_are_kept_in_bounds(admin):
    config = admin.get(CHATS + "/config").json
    config |= {"CONTEXT_COMPACTION_RETENTION_PERCENTAGE": 99, "CONTEXT_COMPACTION_TOKEN_THRESHOLD": -5}
    saved = admin.post(CHATS + "/config", config).json
    assert saved["CONTEXT_COMPACTION_RETENTION_PERCENTAGE"] == 50
    assert saved["CONTEXT_COMPACTION_TOKEN_THRESHOLD"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/a%00b",
        "/a%00b/tags",
        "/search?text=%00",
        "/search?text=",
        "/search?text=%25",
        "/?page=1&sort_by=%00",
        "/stats/export?updated_at=99999999999999999999999",
        "/stats/usage?items_per_page=99999999999999999999&page=99999999999999999999",
        "/archived?query=%00%5C&page=9999999999999999999",
        "/folder/%00/list?page=-99999999999999999999",
        "/list/user/%00",
        "/share/%00",
    ],
)
def test_odd_addresses_are_answered_clearly(admin, path):
    make(admin)
    assert admin.get(CHATS + path).status_code < 500


@pytest.mark.parametrize("number", [-1, 0, 10**30])
def test_odd_numbers_are_answered_clearly(login, number):
    ann = login("ann")
    make(ann)
    assert ann.post(CHATS + "/tags", {"name": "x", "skip": number, "limit": number}).status_code < 500
    sent = {"chat": document(), "created_at": number, "updated_at": number}
    assert ann.post(CHATS + "/import", {"chats": [sent]}).status_code == (200 if number <= 0 else 422)
    chat = document()
    chat["history"]["messages"]["m0"]["timestamp"] = number
    assert ann.post(CHATS + "/new", {"chat": chat}).status_code == 200


def test_too_many_messages_are_refused(login):
    ann = login("ann")
    messages = {str(i): {"role": "user", "content": ""} for i in range(100_001)}
    sent = {"chats": [{"chat": document()}, {"chat": {"history": {"messages": messages}}}]}
    assert ann.post(CHATS + "/import", sent).status_code == 400
    assert ann.get(CHATS + "/").json == []
