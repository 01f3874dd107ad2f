"""The access rule in both its forms, SQL for lists and Python for a row, over every case; and what may
be given to whom (data.md section 4)."""

import dataclasses
import itertools

import pytest

from utils.access.resources import Resource

PEOPLE = ("owner", "stranger", "reader", "writer", "group_reader", "nested_reader", "admin")
GRANTS = {
    "nobody": [],
    "reader": [("user", "reader", "read")],
    "writer only": [("user", "writer", "write")],
    "group": [("group", "outer", "read")],
    "everyone": [("user", "*", "read")],
    "both": [("user", "writer", "read"), ("user", "writer", "write")],
}
EXPECTED = {
    # who holds what beside the owner; the administrator apart
    "nobody": {},
    "reader": {"reader": {"read"}},
    "writer only": {"writer": {"write"}},
    "group": {"group_reader": {"read"}, "nested_reader": {"read"}},
    "everyone": {one: {"read"} for one in PEOPLE},
    "both": {"writer": {"read", "write"}},
}


@pytest.fixture
def people(login, admin):
    from models import groups

    outer = groups.Group.create(name="outer", user_id=admin.id)
    inner = groups.Group.create(name="inner", user_id=admin.id, parent_group_id=outer.id)
    known = {name: admin if name == "admin" else login(name) for name in PEOPLE}
    groups.add_members(outer.id, [known["group_reader"].id])
    groups.add_members(inner.id, [known["nested_reader"].id])
    return known | {"outer": outer}


def someone(people, name):
    made = dataclasses.make_dataclass("Somebody", ["id", "role"])
    return made(people[name].id, "admin" if name == "admin" else "user")


@pytest.mark.parametrize("grants", GRANTS)
@pytest.mark.parametrize("admin_sees_all", [True, False])
def test_list_and_row_agree_with_the_rule(people, grants, admin_sees_all):
    from models import access_grants
    from models.notes import Note

    notes = Resource(Note, "note", admin_sees_all=admin_sees_all)
    row = Note.create(user_id=people["owner"].id, title="plan")
    given = [
        {
            "principal_type": kind,
            "principal_id": who if who == "*" else people[who].id,
            "permission": permission,
        }
        for kind, who, permission in GRANTS[grants]
    ]
    access_grants.replace("note", row.id, given)
    for name, permission in itertools.product(PEOPLE, ("read", "write")):
        user = someone(people, name)
        rights = EXPECTED[grants].get(name, set())
        if name == "owner" or (name == "admin" and admin_sees_all):
            rights = {"read", "write"}
        listed = [one.id for one in notes.select(user, permission, Note.id)]
        assert (permission in notes.permissions(row, user)) == (permission in rights), (name, permission)
        assert (listed == [row.id]) == (permission in rights), (name, permission)


def test_the_switch_that_limits_administrators(people):
    from models.notes import Note
    from utils.settings import environment

    row = Note.create(user_id=people["owner"].id, title="plan")
    environment.use(dataclasses.replace(environment.current(), admin_sees_all=False))
    assert Resource(Note, "note").permissions(row, someone(people, "admin")) == set()


# -- what may be given -------------------------------------------------------

TO_USER = {"principal_type": "user", "principal_id": "somebody", "permission": "read"}
TO_GROUP = {"principal_type": "group", "principal_id": "some-group", "permission": "write"}
TO_ALL = {"principal_type": "user", "principal_id": "*", "permission": "read"}
TO_VISITORS = {"principal_type": "anyone", "principal_id": "*", "permission": "read"}
NONSENSE = {"principal_type": "moon", "principal_id": "x", "permission": "own"}
ALL = [TO_USER, TO_GROUP, TO_ALL, TO_VISITORS, NONSENSE]


@pytest.mark.parametrize(
    ("permissions", "kept"),
    [
        ({}, []),
        ({"sharing.notes"}, [TO_USER, TO_GROUP]),
        ({"sharing.notes", "sharing.public_notes"}, [TO_USER, TO_GROUP, TO_ALL]),
        ({"sharing.public_notes"}, []),
        ({"sharing.notes", "-access_grants.allow_users"}, [TO_GROUP]),
        ({"sharing.notes", "-access_grants.allow_groups"}, [TO_USER]),
    ],
)
def test_creating_keeps_what_may_be_given(people, permissions, kept):
    from utils.access.sharing import require_shareable, shareable
    from utils.http.errors import ApiError
    from utils.settings import keys

    tree = keys.USER_PERMISSIONS.get()
    for path in permissions:
        branch, leaf = path.removeprefix("-").split(".")
        tree[branch][leaf] = not path.startswith("-")
    keys.USER_PERMISSIONS.set(tree)
    user = someone(people, "owner")
    assert shareable(user, "notes", ALL) == kept
    assert require_shareable(user, "notes", [*kept, NONSENSE]) == kept
    for grant in [one for one in ALL[:4] if one not in kept]:
        with pytest.raises(ApiError) as refused:
            require_shareable(user, "notes", [grant])
        assert refused.value.status == 403


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("notes", [TO_USER, TO_GROUP, TO_ALL]),
        ("folders", [TO_USER, TO_GROUP]),
        ("chats", [TO_USER, TO_GROUP, TO_ALL, TO_VISITORS]),
    ],
)
def test_administrators_give_all_that_a_kind_allows(people, kind, kept):
    from utils.access.sharing import shareable

    assert shareable(someone(people, "admin"), kind, ALL) == kept
