"""What lies behind a chat's document in its row is never read through the document: on SQLite that would be a walk
through all of it."""

import pytest

from models import database
from models.chats import Chat

_COLUMNS = list(Chat._meta.fields)
_DOCUMENT = _COLUMNS.index("chat")


@pytest.fixture
def walked(app, backend, monkeypatch):
    """The SELECT statements so far that take a column behind the document from the table."""
    if backend.kind != "sqlite":
        pytest.skip("PostgreSQL keeps documents out of the row")
    asked = {}
    execute = database.database.obj.execute_sql

    def listening(sql, params=None):
        asked[sql] = params
        return execute(sql, params)

    monkeypatch.setattr(database.database.obj, "execute_sql", listening)

    def found():
        with app.app_context():
            return [
                sql for sql, params in list(asked.items()) if sql.startswith("SELECT") and walks(execute, sql, params)
            ]

    return found


def walks(execute, sql, params):
    root = execute("SELECT rootpage FROM sqlite_master WHERE name = 'chat'").fetchone()[0]
    program = execute("EXPLAIN " + sql, params).fetchall()
    cursors = {p1 for _, opcode, p1, p2, *_ in program if opcode == "OpenRead" and p2 == root}
    return any(opcode == "Column" and p1 in cursors and p2 > _DOCUMENT for _, opcode, p1, p2, *_ in program)


def chat():
    question = {"id": "q", "parentId": None, "childrenIds": ["a"], "role": "user", "content": "hello"}
    answer = {"id": "a", "parentId": "q", "childrenIds": [], "role": "assistant", "content": "yes", "done": True}
    return {"title": "One", "models": ["m"], "history": {"currentId": "a", "messages": {"q": question, "a": answer}}}


def use(person):
    """Most of what is done with a chat, and with all of them."""
    made = person.post("/api/v1/chats/new", {"chat": chat()}).get_json()
    path = f"/api/v1/chats/{made['id']}"
    folder = person.post("/api/v1/folders/", {"name": "F"}).get_json()["id"]
    answers = [
        person.get(path),
        person.post(path, {"chat": {"title": "Two"}}),
        person.post(f"{path}/messages/a", {"content": "edited"}),
        person.post(f"{path}/tags", {"name": "red"}),
        person.get(f"{path}/tags"),
        person.post("/api/v1/chats/tags", {"name": "red"}),
        person.post(f"{path}/pin"),
        person.post(f"{path}/folder", {"folder_id": folder}),
        person.post(f"{path}/share"),
        person.post(f"{path}/share"),
        person.get("/api/v1/chats/shared"),
        person.post(f"{path}/clone", {"title": "C"}),
        person.post(f"{path}/fork"),
        person.post(f"{path}/compact"),
        *(
            person.get("/api/v1/chats" + one)
            for one in (
                "/?page=1",
                "/?include_pinned=true&include_folders=true",
                "/pinned",
                "/search?text=yes",
                f"/folder/{folder}",
                f"/folder/{folder}/list",
                "/archived",
                "/archived?query=o&order_by=title&direction=asc",
                "/all",
                "/all/archived",
                "/stats/usage",
                "/stats/export",
                "/stats/export?updated_at=1",
            )
        ),
        person.get("/api/v1/search?q=one"),
        person.get("/api/v1/search?q=edited&kind=chat"),
        person.get("/api/v1/folders/"),
        person.get(f"/api/v1/folders/{folder}"),
        person.get(f"/api/v1/folders/{folder}/shared/chats?page=1"),
        person.post(f"/api/v1/folders/{folder}/read"),
        person.post("/api/v1/chats/read"),
        person.post(f"{path}/archive"),
        person.delete(f"{path}/tags", json={"name": "red"}),
        person.delete(path),
    ]
    assert {one.status_code for one in answers} == {200}


def test_nothing_walks_through_a_document(walked, admin):
    use(admin)
    person = admin.user["id"] if isinstance(admin.user, dict) else admin.user.id
    assert admin.get(f"/api/v1/chats/list/user/{person}").status_code == 200
    assert walked() == []


def test_the_list_of_whole_chats_leaves_out_one_that_went_meanwhile(admin, monkeypatch):
    from models import chat_lists

    ids = [admin.post("/api/v1/chats/new", {"chat": chat()}).get_json()["id"] for _ in range(2)]
    for one in ids:
        admin.post(f"/api/v1/chats/{one}/archive")
    monkeypatch.setattr(chat_lists, "ids_of", lambda *_: ["gone", ids[0], "gone too", ids[1]])
    assert [one["id"] for one in admin.get("/api/v1/chats/all/archived").get_json()] == ids
