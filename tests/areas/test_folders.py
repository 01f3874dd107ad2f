"""Folders: the tree, what lies in them, sharing."""

from areas.test_chats import CHATS, make
from areas.test_sharing import grant, open_sharing  # noqa: F401 - a fixture

FOLDERS = "/api/v1/folders"


def folder(caller, name="F", **more):
    answer = caller.post(FOLDERS + "/", {"name": name, **more})
    assert answer.status_code == 200, answer.text
    return answer.json["id"]


def test_a_folder_is_a_project_with_instructions_and_files(login):
    ann = login("ann", role="admin")
    files = [{"type": "file", "id": "f"}]
    one = folder(ann, data={"system_prompt": "be kind", "files": files}, meta={"icon": "x", "other": 1})
    ann.post(f"{FOLDERS}/{one}/update", {"data": {"extra": 1}})
    whole = ann.get(f"{FOLDERS}/{one}").json
    assert whole["data"] == {"system_prompt": "be kind", "files": files, "extra": 1}
    assert whole["write_access"] is True
    assert ann.get(FOLDERS + "/").json[0]["meta"] == {"icon": "x"}


def test_names_are_unique_within_a_parent(login):
    ann = login("ann")
    one = folder(ann, "Work")
    assert ann.post(FOLDERS + "/", {"name": "wORK"}).status_code == 400
    inner = folder(ann, "Work", parent_id=one)
    assert ann.post(f"{FOLDERS}/{inner}/update/parent", {"parent_id": None}).status_code == 400
    other = folder(ann, "Other")
    assert ann.post(f"{FOLDERS}/{other}/update", {"name": "WORK"}).status_code == 400


def test_rings_are_refused(login):
    ann = login("ann")
    one = folder(ann, "1")
    two = folder(ann, "2", parent_id=one)
    three = folder(ann, "3", parent_id=two)
    for target in (one, two, three):
        assert ann.post(f"{FOLDERS}/{one}/update/parent", {"parent_id": target}).status_code == 400
    assert ann.post(f"{FOLDERS}/{three}/update/parent", {"parent_id": None}).status_code == 200


def test_a_ring_that_is_there_hangs_nothing(login, backend):
    ann = login("ann")
    one, two = folder(ann, "1"), folder(ann, "2")
    backend.execute("UPDATE folder SET parent_id = ? WHERE id = ?", two, one)
    backend.execute("UPDATE folder SET parent_id = ? WHERE id = ?", one, two)
    chat_id = make(ann, folder_id=one)
    assert ann.post(f"{CHATS}/{chat_id}/unread").status_code == 200
    assert ann.get(f"{FOLDERS}/{one}").status_code == 200
    assert ann.delete(f"{FOLDERS}/{one}").json is True


def test_unknown_keys_are_refused(login):
    answer = login("ann").post(FOLDERS + "/", {"name": "x", "zz": 1})
    assert answer.status_code == 422
    assert answer.json["detail"][0]["type"] == "extra_forbidden"


def test_deleting_a_folder_takes_its_chats_or_leaves_them(login):
    ann = login("ann")
    one = folder(ann)
    inner = folder(ann, "inner", parent_id=one)
    kept = make(ann, folder_id=inner)
    assert ann.delete(f"{FOLDERS}/{one}?delete_contents=false").json is True
    assert ann.get(f"{CHATS}/{kept}").json["folder_id"] is None
    two = folder(ann, "two")
    lost = make(ann, folder_id=two)
    ann.delete(f"{FOLDERS}/{two}")
    assert ann.get(f"{CHATS}/{lost}").status_code == 401
    assert ann.get(FOLDERS + "/").json == []


def test_strangers_are_kept_out(login):
    ann, bob = login("ann"), login("bob")
    one = folder(ann)
    path = f"{FOLDERS}/{one}"
    assert bob.get(path).status_code == 404
    assert bob.post(path + "/update", {"name": "x"}).status_code == 404
    assert bob.post(path + "/update/parent", {"parent_id": None}).status_code == 404
    assert bob.post(path + "/access/update", {"access_grants": []}).status_code == 403
    assert bob.post(path + "/read").status_code == 403
    assert bob.get(path + "/shared/chats").status_code == 403
    assert bob.delete(path).status_code == 403
    assert bob.post(path + "/update/expanded", {"is_expanded": True}).json is None
    assert bob.post(FOLDERS + "/", {"name": "in", "parent_id": one}).status_code == 403


def test_a_reader_sees_the_chats_and_changes_nothing(login, open_sharing):  # noqa: F811
    ann, bob = login("ann"), login("bob")
    one = folder(ann)
    inner = folder(ann, "inner", parent_id=one)
    chat_id, deep = make(ann, folder_id=one), make(ann, folder_id=inner)
    assert ann.post(f"{FOLDERS}/{one}/access/update", {"access_grants": [grant("user", bob.id)]}).status_code == 200
    assert {row["id"] for row in bob.get(FOLDERS + "/shared").json} == {one, inner}
    listed = bob.get(f"{FOLDERS}/{one}/shared/chats?page=1").json
    assert [row["id"] for row in listed["chats"]] == [chat_id]
    assert listed["chats"][0]["readonly"] is True
    assert bob.get(f"{CHATS}/{chat_id}").status_code == 200
    assert bob.get(f"{CHATS}/{deep}").status_code == 200
    assert bob.post(f"{FOLDERS}/{one}/update", {"name": "x"}).status_code == 404
    assert bob.post(CHATS + "/new", {"chat": {}, "folder_id": one}).status_code == 404
    assert bob.get(FOLDERS + "/").json == []


def test_a_writer_files_chats_of_his_own(login, open_sharing):  # noqa: F811
    ann, bob = login("ann"), login("bob")
    one = folder(ann)
    grants = [grant("user", bob.id), grant("user", bob.id, "write")]
    ann.post(f"{FOLDERS}/{one}/access/update", {"access_grants": grants, "share_mode": "continue"})
    filed = make(bob, folder_id=one)
    assert ann.get(f"{CHATS}/{filed}").json["chat"]["share_mode"] == "continue"
    assert bob.post(f"{FOLDERS}/{one}/update", {"name": "Ours"}).json["name"] == "Ours"
    assert bob.delete(f"{FOLDERS}/{one}").status_code == 403


def test_folders_are_never_for_everybody(login, open_sharing):  # noqa: F811
    ann = login("ann")
    path = f"{FOLDERS}/{folder(ann)}/access/update"
    assert ann.post(path, {"access_grants": [grant("user", "*")]}).status_code == 403
    assert ann.post(path, {"access_grants": [grant("anyone", "*")]}).status_code == 403


def test_folders_can_be_switched_off(login):
    from utils.settings import keys

    ann = login("ann")
    tree = keys.USER_PERMISSIONS.get()
    keys.USER_PERMISSIONS.set({**tree, "features": {**tree["features"], "folders": False}})
    assert ann.get(FOLDERS + "/").status_code == 403
    assert ann.post(FOLDERS + "/", {"name": "x"}).status_code == 403


def test_a_folder_holds_only_what_its_owner_and_whoever_puts_it_there_may_read(login):
    from models.access_grants import AccessGrant
    from models.files import File
    from models.notes import Note

    ann, bob = login("ann"), login("bob")
    mine, theirs = (File.create(user_id=one.id, filename="f", meta={}, data={}).id for one in (ann, bob))
    note = Note.create(user_id=ann.id, title="n", data={}).id

    def files(*ids, kind="file"):
        return {"files": [{"type": kind, "id": one} for one in ids]}

    made = ann.post(FOLDERS + "/", {"name": "ours", "data": files(mine)})
    assert made.status_code == 200
    path = f"{FOLDERS}/{made.json['id']}/update"
    assert ann.post(path, {"data": files(note, kind="note")}).status_code == 200
    assert ann.post(FOLDERS + "/", {"name": "no", "data": files(theirs)}).status_code == 403
    for data in (files(mine, theirs), files("gone"), {"files": "all"}, {"files": [5]}, files(mine, kind="odd")):
        assert ann.post(path, {"data": data}).status_code == 403
    AccessGrant.create(
        resource_type="folder",
        resource_id=made.json["id"],
        principal_type="user",
        principal_id=bob.id,
        permission="write",
    )
    # neither what he alone may read, nor what she alone may
    assert bob.post(path, {"data": files(theirs)}).status_code == 403
    assert bob.post(path, {"data": files(mine)}).status_code == 403
    assert ann.post(path, {"data": files(mine)}).status_code == 200
    File.delete().where(File.id == mine).execute()
    assert bob.post(path, {"data": files(mine), "name": "still"}).status_code == 200


def test_what_others_put_into_a_folder_stays_theirs(login, admin, open_sharing):  # noqa: F811
    ann, bob = login("ann"), login("bob")
    for deleting in (ann, admin):
        one = folder(ann)
        inner = folder(ann, "inner", parent_id=one)
        grants = [grant("user", bob.id), grant("user", bob.id, "write")]
        ann.post(f"{FOLDERS}/{one}/access/update", {"access_grants": grants})
        lost, kept, too = make(ann, folder_id=inner), make(bob, folder_id=one), make(bob, folder_id=inner)
        bob.post(f"{CHATS}/{too}/archive")
        assert deleting.delete(f"{FOLDERS}/{one}").json is True
        assert ann.get(f"{CHATS}/{lost}").status_code == 401
        assert [bob.get(f"{CHATS}/{chat_id}").json["folder_id"] for chat_id in (kept, too)] == [None, None]


def test_lists_of_a_folder_leave_out_what_is_pinned(login):
    ann = login("ann")
    one = folder(ann)
    inner = folder(ann, "inner", parent_id=one)
    make(ann, "outer", folder_id=one)
    make(ann, "in it", folder_id=inner)
    ann.post(f"{CHATS}/{make(ann, 'pinned', folder_id=one)}/pin")
    ann.post(f"{CHATS}/{make(ann, 'archived', folder_id=one)}/archive")
    assert [chat["title"] for chat in ann.get(f"{CHATS}/folder/{one}/list").json] == ["outer"]
    assert {chat["title"] for chat in ann.get(f"{CHATS}/folder/{one}").json} == {"outer", "in it"}
    shared = ann.get(f"{FOLDERS}/{one}/shared/chats?page=1").json
    assert [chat["title"] for chat in shared["chats"]] == ["outer"] and shared["total"] == 1


def test_a_grant_to_write_lists_the_chats_but_does_not_read_them(login, open_sharing):  # noqa: F811
    ann, bob = login("ann"), login("bob")
    one = folder(ann)
    chat_id = make(ann, "Of Ann", folder_id=one)
    for permission, found, status in (("write", [], 401), ("read", ["Of Ann"], 200)):
        body = {"access_grants": [grant("user", bob.id, permission)]}
        assert ann.post(f"{FOLDERS}/{one}/access/update", body).status_code == 200
        assert [chat["title"] for chat in bob.get(f"{FOLDERS}/{one}/shared/chats").json["chats"]] == ["Of Ann"]
        assert bob.get(f"{CHATS}/{chat_id}").status_code == status
        answer = bob.get("/api/v1/search?q=").json
        assert [item["title"] for item in answer["items"]] == found
        assert len(answer["scopes"]) == len(found)
        assert [item["shared"] for item in ann.get("/api/v1/search?q=").json["items"]] == [bool(found)]


def test_shared_folders_come_with_the_last_changed_first(login, backend, open_sharing):  # noqa: F811
    ann, bob = login("ann"), login("bob")
    for number, name in enumerate(("old", "new")):
        one = folder(ann, name)
        folder(ann, f"in {name}", parent_id=one)
        ann.post(f"{FOLDERS}/{one}/access/update", {"access_grants": [grant("user", bob.id)]})
        backend.execute("UPDATE folder SET updated_at = ? WHERE id = ?", number, one)
    for caller in (ann, bob):
        assert [one["name"] for one in caller.get(f"{FOLDERS}/shared").json][:2] == ["new", "old"]


def test_names_differ_by_more_than_case(login):
    ann = login("ann")
    for name, status in (("Straße", 200), ("STRASSE", 200), ("straße", 400), ("strasse", 400)):
        assert ann.post(FOLDERS + "/", {"name": name}).status_code == status
