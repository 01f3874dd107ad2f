"""Who may do what with chats and folders, as one table (access.tsv; the cells were measured at the other server).

`off` is an administrator where ENABLE_ADMIN_CHAT_ACCESS is off. Behind the bar stand people whom something was shared
with, one directly and one through a group: the chat's link (to read, or to continue it), or the folder around it (to
read, or to write too).
"""

import dataclasses
import itertools

import pytest
from areas.test_chats import CHATS

FOLDERS = "/api/v1/folders"

CHAT_TABLE = """
                                        owner key admin off other pending nobody | link continue read write
GET /chats/{chat}                         200 200   200 401   401     401    401 |  401      200  200   200
POST /chats/{chat}                        200 200   401 401   401     401    401 |  401      401  401   401
PATCH /chats/{chat}/params                200 200   401 401   401     401    401 |  401      401  401   401
DELETE /chats/{chat}                      200 200   200 404   404     401    401 |  404      404  404   404
POST /chats/{chat}/messages/a             200 200   200 401   401     401    401 |  401      401  401   401
DELETE /chats/{chat}/messages/a           200 200   200 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/messages/a/event       200 200   200 401   401     401    401 |  401      401  401   401
GET /chats/{chat}/pinned                  200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/pin                    200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/archive                200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/unread                 200 200   404 404   404     401    401 |  404      404  404   404
POST /chats/{chat}/folder                 200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/compact                200 200   401 401   401     401    401 |  401      401  401   401
GET /chats/{chat}/tags                    200 200   200 401   401     401    401 |  401      200  200   200
POST /chats/{chat}/tags                   200 200   401 401   401     401    401 |  401      401  401   401
DELETE /chats/{chat}/tags                 200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/clone                  200 200   401 401   401     401    401 |  401      401  401   401
POST /chats/{chat}/fork                   200 200   200 401   401     401    401 |  401      200  200   200
POST /chats/{chat}/clone/shared           401 401   200 401   401     401    401 |  401      401  401   401
POST /chats/{share}/clone/shared          200 200   200 401   401     401    401 |  200      200    -     -
GET /chats/share/{share}                  200 200   200 401   401     401    401 |  200      200    -     -
POST /chats/{chat}/share                  200 200   401 401   401     401    401 |  401      401  401   401
DELETE /chats/{chat}/share                200 200   401 401   401     401    401 |  401      401  401   401
GET /chats/shared/{chat}/access           200 200   200 404   404     401    401 |  404      404  404   404
POST /chats/shared/{chat}/access/update   200 200   200 404   404     401    401 |  404      404  404   404
GET /chats/stats/export/{chat}            200 200   200 401   401     401    401 |  401      401  401   401
"""
FOLDER_TABLE = """
                                       owner key admin off other pending nobody | read write
GET /folders/{folder}                    200 200   200 200   404     401    401 |  200   200
POST /folders/{folder}/update            200 200   200 200   404     401    401 |  404   200
POST /folders/{folder}/update/expanded   200 200   200 200   200     401    401 |  200   200
POST /folders/{folder}/update/parent     200 200   404 404   404     401    401 |  404   404
POST /folders/{folder}/access/update     200 200   200 200   403     401    401 |  403   403
POST /folders/{folder}/read              200 200   200 200   403     401    401 |  200   200
GET /folders/{folder}/shared/chats       200 200   200 200   403     401    401 |  200   200
GET /chats/folder/{folder}               200 200   200 200   200     401    401 |  200   200
GET /chats/folder/{folder}/list          200 200   200 200   200     401    401 |  200   200
POST /chats/new (in it)                  200 200   404 404   404     401    401 |  404   200
POST /folders/ (in it)                   200 200   200 200   403     401    401 |  403   200
"""
BODIES = {
    "POST /chats/{chat}": {"chat": {"title": "New"}},
    "PATCH /chats/{chat}/params": {"temperature": 1},
    "POST /chats/{chat}/messages/a": {"content": "edited"},
    "POST /chats/{chat}/messages/a/event": {"type": "status", "data": {"description": "d"}},
    "POST /chats/{chat}/clone": {},
    "POST /chats/{chat}/folder": {"folder_id": None},
    "POST /chats/{chat}/tags": {"name": "red"},
    "DELETE /chats/{chat}/tags": {"name": "red"},
    "POST /chats/shared/{chat}/access/update": {"access_grants": []},
    "POST /chats/new (in it)": {"chat": {"title": "in"}, "folder_id": "{folder}"},
    "POST /folders/ (in it)": {"name": "inner", "parent_id": "{folder}"},
    "POST /folders/{folder}/update": {"meta": {"icon": "x"}},
    "POST /folders/{folder}/update/expanded": {"is_expanded": True},
    "POST /folders/{folder}/update/parent": {"parent_id": None},
    "POST /folders/{folder}/access/update": {"access_grants": []},
}
DOCUMENT = {
    "title": "Plan",
    "history": {
        "currentId": "a",
        "messages": {
            "q": {"id": "q", "parentId": None, "childrenIds": ["a"], "role": "user", "content": "?"},
            "a": {"id": "a", "parentId": "q", "childrenIds": [], "role": "assistant", "content": "!", "done": True},
        },
    },
}


def rows(table):
    """Of each line of a table: the operation, and the status by column."""
    head, *lines = (line for line in table.splitlines() if line.strip())
    columns = head.replace("|", " ").split()
    for line in lines:
        words = line.replace("|", " ").split()
        cells = words[-len(columns) :]
        yield " ".join(words[: -len(columns)]), dict(zip(columns, cells, strict=True))


class World:
    """A chat of the owner's, shared as a situation says, and everybody who may want something of it."""

    def __init__(self, login, admin, anonymous, situation, folder_mode=None):
        from models import groups
        from utils.settings import keys

        tree = keys.USER_PERMISSIONS.get()
        sharing = {**tree["sharing"], "folders": True}
        keys.USER_PERMISSIONS.set({**tree, "sharing": sharing, "features": {**tree["features"], "api_keys": True}})
        keys.ENABLE_API_KEYS.set(True)
        self.owner = login("owner")
        self.direct, self.member = login("direct"), login("member")
        group = groups.Group.create(name="team", user_id=admin.id)
        groups.add_members(group.id, [self.member.id])
        self.people = {
            "owner": self.owner,
            "key": self._with_key(anonymous),
            "admin": admin,
            "off": admin,
            "other": login("stranger"),
            "pending": login("pending", role="pending"),
            "nobody": anonymous,
        }
        self.situation, self.group_id, self.folder_mode = situation, group.id, folder_mode
        self.folder = self.owner.post(FOLDERS + "/", {"name": "F"}).json["id"]
        self.share_id, self.chat, self.numbers = "", "", itertools.count()
        self.refresh()

    def _with_key(self, anonymous):
        return type(anonymous)(anonymous.client, self.owner.post("/api/v1/auths/api_key").json["api_key"])

    def _readers(self, *permissions):
        principals = [("user", self.direct.id), ("group", self.group_id)]
        return [
            {"principal_type": kind, "principal_id": one, "permission": permission}
            for kind, one in principals
            for permission in permissions
        ]

    def refresh(self):
        """A fresh chat, shared anew, in the folder or not: operations before may have taken that away."""
        situation = self.situation
        in_folder = situation in ("read", "write")
        body = {"chat": DOCUMENT, "folder_id": self.folder if in_folder else None}
        answer = self.owner.post(CHATS + "/new", body)
        assert answer.status_code == 200, answer.text
        self.chat = answer.json["id"]
        if in_folder:
            permissions = ("read", "write") if situation == "write" else ("read",)
            body = {"access_grants": self._readers(*permissions), "share_mode": self.folder_mode}
            assert self.owner.post(f"{FOLDERS}/{self.folder}/access/update", body).status_code == 200
        if situation in ("link", "continue"):
            mode = {"share_mode": "continue" if situation == "continue" else None}
            self.share_id = self.owner.post(f"{CHATS}/{self.chat}/share", mode).json["share_id"]
            body = {"access_grants": self._readers("read"), **mode}
            assert self.owner.post(f"{CHATS}/shared/{self.chat}/access/update", body).status_code == 200

    def columns(self):
        """Everybody who stands in a column of the table for this situation."""
        return {name: (one,) for name, one in self.people.items()} | {self.situation: (self.direct, self.member)}

    def ask(self, operation, caller):
        method, path = operation.split(" (")[0].split()
        path = "/api/v1" + path.format(chat=self.chat, share=self.share_id, folder=self.folder)
        body = BODIES.get(operation)
        if body is not None:
            body = {key: self.folder if value == "{folder}" else value for key, value in body.items()}
            body |= {"name": f"inner {next(self.numbers)}"} if "name" in body and "parent_id" in body else {}
        return caller.request(method, path, **({"json": body} if body is not None else {})).status_code


@pytest.fixture
def switch(app):
    """`switch(on)`: whether administrators may look into chats of others."""
    from utils.settings import environment

    def turn(on):
        environment.use(dataclasses.replace(environment.current(), admin_chat_access=on))

    return turn


def check(table, world, switch):
    wrong = []
    for operation, expected in rows(table):
        if "{share}" in operation and not world.share_id:
            continue
        for name, callers in world.columns().items():
            switch(name != "off")
            for caller in callers:
                world.refresh()
                status = world.ask(operation, caller)
                if str(status) != expected.get(name):
                    wrong.append((operation, name, status, expected.get(name)))
    assert not wrong


@pytest.mark.parametrize("situation", ["read", "write"])
def test_who_may_continue_the_chats_of_a_folder_gets_no_operation_more(login, admin, anonymous, switch, situation):
    check(CHAT_TABLE, World(login, admin, anonymous, situation, folder_mode="continue"), switch)


@pytest.mark.parametrize("situation", ["link", "continue", "read", "write"])
def test_chats(login, admin, anonymous, switch, situation):
    check(CHAT_TABLE, World(login, admin, anonymous, situation), switch)


@pytest.mark.parametrize("situation", ["read", "write"])
def test_folders(login, admin, anonymous, switch, situation):
    check(FOLDER_TABLE, World(login, admin, anonymous, situation), switch)
