"""Groups: hierarchy, members, permissions (journeys 44, 45)."""

import pytest

GROUPS = "/api/v1/groups"


@pytest.fixture
def make(admin):
    """`make("red", parent=id)`: the id of a new group."""

    def create(name, parent=None, **values):
        body = {"name": name, "description": "", "parent_group_id": parent, **values}
        return admin.post(f"{GROUPS}/create", body).json["id"]

    return create


def join(admin, group, *people):
    return admin.post(f"{GROUPS}/id/{group}/users/add", {"user_ids": [one.id for one in people]})


def test_members_are_counted_once_and_strangers_left_out(admin, login, make):
    red, ann = make("red"), login("ann")
    answer = admin.post(f"{GROUPS}/id/{red}/users/add", {"user_ids": [ann.id, "nobody", ann.id]})
    assert answer.json["member_count"] == 1
    assert admin.get(f"{GROUPS}/id/{red}/export").json["user_ids"] == [ann.id]
    assert admin.post(f"{GROUPS}/id/{red}/users/remove", {"user_ids": [ann.id]}).json["member_count"] == 0


def test_membership_is_inherited_upwards(admin, login, make):
    outer = make("outer")
    inner = make("inner", outer)
    ann, bob = login("ann"), login("bob")
    join(admin, inner, ann)
    join(admin, outer, bob)
    seen = admin.get(f"{GROUPS}/id/{outer}/members").json
    assert seen["counts"] == {"direct": 1, "effective": 2, "inherited": 1}
    kinds = {one["name"]: (one["membership_type"], one["via_group_ids"]) for one in seen["items"]}
    assert kinds == {"Ann": ("inherited", [inner]), "Bob": ("direct", [])}
    mine = ann.get("/api/v1/users/groups", query_string={"include_inherited": True}).json
    assert {one["name"]: one["membership_type"] for one in mine} == {"outer": "inherited", "inner": "direct"}


def test_permissions_are_inherited_from_outer_groups(admin, login, make):
    outer = make("outer", permissions={"features": {"api_keys": True}})
    inner = make("inner", outer)
    ann = login("ann")
    join(admin, inner, ann)
    assert ann.get("/api/v1/users/permissions").json["features"]["api_keys"] is True
    preview = admin.get(f"{GROUPS}/id/{inner}/preview").json
    assert preview["inherited_permissions"]["features"]["api_keys"] is True
    assert preview["permissions"] == {}


def test_a_group_takes_nothing_away(admin, login, make):
    ann = login("ann")
    join(admin, make("red", permissions={"chat": {"delete": False}}), ann)
    assert ann.get("/api/v1/users/permissions").json["chat"]["delete"] is True


def test_a_group_cannot_lie_within_itself(admin, make):
    outer = make("outer")
    inner = make("inner", outer)
    for parent in (outer, inner):
        body = {"name": "x", "description": "", "parent_group_id": parent}
        assert admin.post(f"{GROUPS}/id/{outer}/update", body).status_code == 400
    assert admin.get(f"{GROUPS}/id/{outer}").json["name"] == "outer"


def test_children_of_a_deleted_group_move_up(admin, make):
    outer = make("outer")
    middle = make("middle", outer)
    inner = make("inner", middle)
    assert admin.delete(f"{GROUPS}/id/{middle}/delete").json is True
    assert admin.get(f"{GROUPS}/id/{inner}").json["parent_group_id"] == outer
    assert admin.delete(f"{GROUPS}/id/{middle}/delete").status_code == 404


def test_update_keeps_what_is_left_out(admin, make):
    red = make("red", permissions={"chat": {"x": True}}, data={"config": {"share": True}})
    answer = admin.post(f"{GROUPS}/id/{red}/update", {"name": "red", "description": "d"}).json
    assert (answer["permissions"], answer["data"]) == ({"chat": {"x": True}}, {"config": {"share": True}})


def test_who_sees_which_group(admin, login, make):
    mine = make("mine", data={"config": {"share": "members"}})
    make("members", data={"config": {"share": "members"}})
    everyone = make("everyone", data={"config": {"share": True}})
    make("nobody", data={"config": {"share": False}})
    ann = login("ann")
    join(admin, mine, ann)
    assert [one["id"] for one in ann.get(f"{GROUPS}/").json] == [mine]
    shareable = {one["id"] for one in ann.get(f"{GROUPS}/", query_string={"share": True}).json}
    assert shareable == {mine, everyone}
    assert len(admin.get(f"{GROUPS}/").json) == 4


@pytest.mark.parametrize(("parent", "status"), [("nope", 404), ("", 400)])
def test_an_outer_group_that_is_none(admin, parent, status):
    body = {"name": "x", "description": "", "parent_group_id": parent}
    assert admin.post(f"{GROUPS}/create", body).status_code == status
    assert admin.get(f"{GROUPS}/").json == []
