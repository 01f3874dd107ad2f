"""A picture by address, and the copy of the database."""

import sqlite3


def test_the_address_of_a_picture(login, anonymous):
    ann = login("ann")
    first, second = (
        ann.get("/api/v1/utils/gravatar", query_string={"email": one}).json for one in ("A@b.c", " a@B.c ")
    )
    assert first == second
    assert first.startswith("https://www.gravatar.com/avatar/")
    assert ann.get("/api/v1/utils/gravatar").status_code == 422
    assert anonymous.get("/api/v1/utils/gravatar").status_code == 401


def test_the_copy_of_the_database_is_whole(admin, login, backend, tmp_path):
    ann = login("ann")
    assert ann.get("/api/v1/utils/db/download").status_code == 401
    answer = admin.get("/api/v1/utils/db/download")
    if backend.kind == "postgres":
        assert answer.status_code == 400
        return
    assert answer.headers["Content-Disposition"] == 'attachment; filename="webui.db"'
    copy = tmp_path / "copy.db"
    copy.write_bytes(answer.data)
    answer.close()
    names = [name for (name,) in sqlite3.connect(copy).execute('SELECT name FROM "user" ORDER BY name')]
    assert names == ["Admin", "Ann"]
    assert not list(backend.folder.glob(".copy-*"))


def test_no_copy_where_exports_are_off(admin):
    import dataclasses

    from utils.settings import environment

    environment.use(dataclasses.replace(environment.current(), admin_export=False))
    assert admin.get("/api/v1/utils/db/download").status_code == 401
