"""Ways in without a password: a trusted proxy, a server without accounts, the configured administrator."""

import dataclasses

import pytest

SIGNIN = "/api/v1/auths/signin"
EMPTY = {"email": "", "password": ""}


@pytest.fixture
def environ(app):
    """`environ(field=value)`: the process as if started with other variables."""
    from utils.settings import environment

    def change(**values):
        environment.use(dataclasses.replace(environment.current(), **values))

    return change


@pytest.fixture
def proxy(environ):
    environ(
        trusted_email_header="X-Mail",
        trusted_name_header="X-Name",
        trusted_role_header="X-Role",
        trusted_groups_header="X-Groups",
    )


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_the_proxy_opens_an_account_with_name_and_role(admin, proxy, anonymous):
    headers = {"X-Mail": "Bob@E.com", "X-Name": "Bob%20B", "X-Role": "user"}
    answer = anonymous.post(SIGNIN, EMPTY, headers=headers)
    assert (answer.json["email"], answer.json["name"], answer.json["role"]) == ("bob@e.com", "Bob B", "user")
    again = anonymous.post(SIGNIN, EMPTY, headers={**headers, "X-Role": "admin", "X-Name": "Other"})
    assert (again.json["id"], again.json["name"], again.json["role"]) == (answer.json["id"], "Bob B", "admin")


def test_groups_follow_the_proxy(admin, proxy, anonymous):
    for name in ("red", "blue"):
        admin.post("/api/v1/groups/create", {"name": name, "description": ""})

    def groups_after(header):
        entered = anonymous.post(SIGNIN, EMPTY, headers={"X-Mail": "bob@e.com", "X-Role": "user", "X-Groups": header})
        return {one["name"] for one in anonymous.get("/api/v1/users/groups", headers=bearer(entered)).json}

    assert groups_after("red, unknown") == {"red"}
    assert groups_after("blue") == {"blue"}
    assert groups_after("") == {"blue"}


def test_without_the_header_nobody_enters(login, proxy, anonymous):
    login("ann")
    assert anonymous.post(SIGNIN, {"email": "ann@example.com", "password": "correct-horse-1"}).status_code == 400
    assert anonymous.post("/api/v1/auths/signup", {"name": "a", "email": "a@e.com", "password": "x"}).status_code == 403


def test_a_session_of_somebody_else_than_the_proxy_says_is_none(login, proxy):
    ann = login("ann")
    assert ann.get("/api/v1/auths/", headers={"X-Mail": "ann@example.com"}).status_code == 200
    assert ann.get("/api/v1/auths/", headers={"X-Mail": "bob@example.com"}).status_code == 401


def test_without_accounts_everybody_is_the_one_user(environ, anonymous):
    environ(auth=False)
    first, second = (anonymous.post(SIGNIN, EMPTY).json for _ in range(2))
    assert (first["email"], first["role"], first["name"]) == ("admin@localhost", "admin", "User")
    assert first["id"] == second["id"]
    assert anonymous.post(SIGNIN, {"email": "admin@localhost", "password": "admin"}).json["id"] == first["id"]


def test_without_accounts_those_that_exist_are_not_taken_over(login, environ, anonymous):
    login("ann")
    environ(auth=False)
    assert anonymous.post(SIGNIN, EMPTY).status_code == 400


def test_the_configured_administrator_is_opened_once(environ, anonymous):
    from models import database
    from utils.auth import doors

    environ(admin_email="Root@E.com", admin_password="secret-1", admin_name="Root")
    for _ in range(2):
        doors.open_configured_admin()
    database.release()
    answer = anonymous.post(SIGNIN, {"email": "root@e.com", "password": "secret-1"})
    assert (answer.json["role"], answer.json["name"]) == ("admin", "Root")
    assert anonymous.get("/api/v1/users/all", headers=bearer(answer)).json["total"] == 1


def test_new_accounts_join_the_default_group(admin):
    group = admin.post("/api/v1/groups/create", {"name": "all", "description": ""}).json
    config = admin.get("/api/v1/auths/admin/config").json
    admin.post("/api/v1/auths/admin/config", {**config, "DEFAULT_GROUP_ID": group["id"]})
    admin.post("/api/v1/auths/add", {"name": "n", "email": "n@e.com", "password": "secret-1"})
    assert admin.get(f"/api/v1/groups/id/{group['id']}").json["member_count"] == 1
