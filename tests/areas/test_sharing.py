"""Share links: who opens them, who continues a shared chat."""

import pytest
from areas.test_chats import CHATS, make, save


def grant(kind, principal, permission="read"):
    return {"principal_type": kind, "principal_id": principal, "permission": permission}


@pytest.fixture
def open_sharing(app):
    from utils.settings import keys

    tree = keys.USER_PERMISSIONS.get()
    sharing = {**tree["sharing"], "public_chats": True, "open_chats": True, "folders": True}
    keys.USER_PERMISSIONS.set({**tree, "sharing": sharing})


def share(caller, chat_id, grants, **mode):
    link = caller.post(f"{CHATS}/{chat_id}/share", mode or None).json["share_id"]
    body = {"access_grants": grants, **mode}
    assert caller.post(f"{CHATS}/shared/{chat_id}/access/update", body).status_code == 200
    return f"{CHATS}/share/{link}"


def codes(path, *callers):
    return [caller.get(path).status_code for caller in callers]


def test_a_link_without_grants_opens_for_its_owner_and_administrators(login, admin, anonymous):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann)
    link = share(ann, chat_id, [])
    assert codes(link, ann, bob, admin, anonymous) == [200, 401, 200, 401]


def test_a_grant_opens_the_snapshot_not_the_chat(login):
    ann, bob, eve = login("ann"), login("bob"), login("eve")
    chat_id = make(ann, "Before")
    link = share(ann, chat_id, [grant("user", bob.id)])
    save(ann, chat_id, {"title": "After"})
    assert codes(link, bob, eve) == [200, 401]
    assert bob.get(link).json["title"] == "Before"
    assert codes(f"{CHATS}/{chat_id}", bob, eve) == [401, 401]


def test_a_link_for_continuing_opens_the_chat_itself(login):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann, "Before")
    link = share(ann, chat_id, [grant("user", bob.id)], share_mode="continue")
    save(ann, chat_id, {"title": "After"})
    assert bob.get(link).json["id"] == chat_id
    assert bob.get(f"{CHATS}/{chat_id}").json["chat"]["share_mode"] == "continue"
    assert bob.get(f"{CHATS}/{chat_id}").json["title"] == "After"


def test_sharing_gives_nobody_the_owners_operations(login):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann)
    grants = [grant("user", bob.id), grant("user", bob.id, "write")]
    share(ann, chat_id, grants, share_mode="continue")
    one = f"{CHATS}/{chat_id}"
    refused = [
        save(bob, chat_id, {"title": "x"}),
        bob.post(one + "/pin"),
        bob.post(one + "/archive"),
        bob.post(one + "/folder", {}),
        bob.post(one + "/tags", {"name": "x"}),
        bob.post(one + "/share"),
        bob.delete(one + "/share"),
        bob.patch(one + "/params", {}),
        bob.post(one + "/messages/m1", {"content": "x"}),
        bob.delete(one + "/messages/m1"),
        bob.post(one + "/clone", {}),
    ]
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    assert bob.delete(one).status_code == 404
    assert bob.get(f"{CHATS}/shared/{chat_id}/access").status_code == 404
    assert bob.post(f"{CHATS}/shared/{chat_id}/access/update", {"access_grants": []}).status_code == 404
    assert bob.post(one + "/fork").status_code == 200


def test_a_link_for_anyone_needs_no_account(login, anonymous, open_sharing):
    ann = login("ann")
    chat_id = make(ann, "Open")
    link = share(ann, chat_id, [grant("anyone", "*")])
    seen = anonymous.get(link)
    assert seen.status_code == 200
    assert seen.json["title"] == "Open"
    assert anonymous.get(f"{CHATS}/{chat_id}").status_code == 401
    ann.delete(f"{CHATS}/{chat_id}/share")
    assert anonymous.get(link).status_code == 401


def test_sharing_with_everybody_needs_the_permission(login):
    ann = login("ann")
    chat_id = make(ann)
    ann.post(f"{CHATS}/{chat_id}/share")
    path = f"{CHATS}/shared/{chat_id}/access/update"
    assert ann.post(path, {"access_grants": [grant("user", "*")]}).status_code == 403
    assert ann.post(path, {"access_grants": [grant("anyone", "*")]}).status_code == 403
    assert ann.get(f"{CHATS}/shared/{chat_id}/access").json == []


def test_unsharing_takes_link_and_grants(login, backend):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann)
    link = share(ann, chat_id, [grant("user", bob.id)])
    assert len(ann.get(CHATS + "/shared").json) == 1
    assert ann.delete(f"{CHATS}/{chat_id}/share").json is True
    assert codes(link, ann, bob) == [401, 401]
    assert backend.execute("SELECT count(*) FROM access_grant") == [(0,)]
    assert ann.get(CHATS + "/shared").json == []


def test_a_shared_chat_is_cloned_for_who_may_open_it(login):
    ann, bob, eve = login("ann"), login("bob"), login("eve")
    chat_id = make(ann, "Mine")
    link = share(ann, chat_id, [grant("user", bob.id)]).rsplit("/", 1)[1]
    clone = bob.post(f"{CHATS}/{link}/clone/shared").json
    assert clone["user_id"] == bob.id
    assert clone["chat"]["history"]["messages"]["m0"]["user_id"] == bob.id
    assert eve.post(f"{CHATS}/{link}/clone/shared").status_code == 401
    assert bob.post(f"{CHATS}/{chat_id}/clone/shared").status_code == 401


def test_the_owner_sees_the_parameters_behind_his_link(login):
    ann, bob = login("ann"), login("bob")
    chat_id = make(ann, params={"temperature": 1})
    link = share(ann, chat_id, [grant("user", bob.id)])
    assert ann.get(link).json["chat"]["params"] == {"temperature": 1}
    assert "params" not in bob.get(link).json["chat"]


def test_grants_that_mean_nothing_need_no_permission(login):
    ann = login("ann")
    chat_id = make(ann)
    share(ann, chat_id, [grant("user", "somebody")])
    path = f"{CHATS}/shared/{chat_id}/access"
    for odd in (grant("anyone", "*", "write"), grant("anyone", "somebody"), grant("moon", "x"), {}):
        assert ann.post(path + "/update", {"access_grants": [odd]}).status_code == 200
        assert ann.get(path).json == []
    assert ann.post(path + "/update", {"access_grants": [grant("anyone", "*")]}).status_code == 403


def test_a_copy_by_link_lies_nowhere_and_has_no_variables(login):
    ann = login("ann")
    folder_id = ann.post("/api/v1/folders/", {"name": "F"}).json["id"]
    chat_id = make(ann, folder_id=folder_id)
    ann.post(f"{CHATS}/{chat_id}", {"chat": {}, "variables": {"a": 1}})
    link = share(ann, chat_id, [], share_mode="continue").rsplit("/", 1)[1]
    copy = ann.post(f"{CHATS}/{link}/clone/shared").json
    assert copy["folder_id"] is None and copy["variables"] == {}
    own = ann.post(f"{CHATS}/{chat_id}/clone", {}).json
    assert own["folder_id"] == folder_id and own["variables"] == {"a": 1}
