"""Passwords, API keys, limits, the first account (http.md section 6)."""

import threading

import pytest

AUTHS = "/api/v1/auths"
PASSWORD = "correct-horse-1"


def open_keys(admin, **values):
    config = admin.get(f"{AUTHS}/admin/config").json
    admin.post(f"{AUTHS}/admin/config", {**config, "ENABLE_API_KEYS": True, **values})


def test_two_first_sign_ups_make_one_administrator(app, backend):
    answers = []

    def sign_up(name):
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        answers.append(app.test_client().post(f"{AUTHS}/signup", json=body))

    threads = [threading.Thread(target=sign_up, args=(name,)) for name in ("ann", "bob", "cat")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    roles = [role for (role,) in backend.execute('SELECT role FROM "user"')]
    assert roles.count("admin") == 1
    assert sum(answer.status_code == 200 for answer in answers) == len(roles)


def test_a_new_password_ends_every_session(login, anonymous):
    ann = login("ann")
    wrong = ann.post(f"{AUTHS}/update/password", {"password": "no", "new_password": "another-1"})
    assert wrong.status_code == 400
    assert ann.post(f"{AUTHS}/update/password", {"password": PASSWORD, "new_password": "another-1"}).json is True
    assert ann.get(f"{AUTHS}/").status_code == 401
    for password, status in ((PASSWORD, 400), ("another-1", 200)):
        body = {"email": "ann@example.com", "password": password}
        assert anonymous.post(f"{AUTHS}/signin", body).status_code == status


@pytest.mark.parametrize("password", ["", "x" * 73])
def test_passwords_that_are_refused(login, password):
    ann = login("ann")
    answer = ann.post(f"{AUTHS}/update/password", {"password": PASSWORD, "new_password": password})
    assert answer.status_code == 400
    assert ann.get(f"{AUTHS}/").status_code == 200


def test_guessing_the_current_password_is_limited(login):
    ann = login("ann")
    body = {"password": "no", "new_password": "another-1"}
    codes = [ann.post(f"{AUTHS}/update/password", body).status_code for _ in range(16)]
    assert codes == [400] * 15 + [429]


def test_an_unknown_account_is_answered_like_a_wrong_password(login, anonymous):
    login("ann")
    known = anonymous.post(f"{AUTHS}/signin", {"email": "ann@example.com", "password": "no"})
    unknown = anonymous.post(f"{AUTHS}/signin", {"email": "nobody@example.com", "password": "no"})
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)


@pytest.mark.parametrize("email", ["no-address", "@b", "a b@c.de", "a@b@c.de", "x" * 400 + "@c.de", ""])
def test_addresses_that_are_none(admin, email):
    body = {"name": "n", "email": email, "password": PASSWORD}
    assert admin.post(f"{AUTHS}/add", body).status_code == 400


def test_a_disabled_account_cannot_sign_in(login, anonymous, backend):
    ann = login("ann")
    off = "false" if backend.kind == "postgres" else "0"
    backend.execute(f"UPDATE auth SET active = {off} WHERE id = ?", ann.id)
    assert anonymous.post(f"{AUTHS}/signin", {"email": "ann@example.com", "password": PASSWORD}).status_code == 400


def test_api_keys_need_the_switch_and_the_permission(login, admin):
    ann = login("ann")
    assert admin.post(f"{AUTHS}/api_key").status_code == 403
    open_keys(admin)
    assert ann.post(f"{AUTHS}/api_key").status_code == 403
    assert admin.get(f"{AUTHS}/api_key").status_code == 404
    key = admin.post(f"{AUTHS}/api_key").json["api_key"]
    assert (key[:3], len(key)) == ("sk-", 35)
    assert admin.get(f"{AUTHS}/api_key").json == {"api_key": key}
    assert admin.delete(f"{AUTHS}/api_key").json is True


@pytest.mark.parametrize(
    "carrier",
    [
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"x-api-key": key},
        lambda key: {"Cookie": f"token={key}"},
        lambda key: {"Authorization": f"Basic {key}"},
    ],
)
def test_the_allow_list_holds_on_every_transport(admin, anonymous, carrier):
    open_keys(admin)
    headers = carrier(admin.post(f"{AUTHS}/api_key").json["api_key"])
    assert anonymous.get("/api/v1/users/permissions", headers=headers).status_code == 200
    assert anonymous.get(f"{AUTHS}/", headers=headers).status_code == 403
    open_keys(admin, ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS=True, API_KEYS_ALLOWED_ENDPOINTS="/api/v1/users/user")
    assert anonymous.get("/api/v1/users/user/info", headers=headers).status_code == 200
    assert anonymous.get("/api/v1/users/permissions", headers=headers).status_code == 403
    assert anonymous.get("/api/v1/users/userless", headers=headers).status_code != 200


def test_a_new_key_replaces_the_old(admin, anonymous):
    open_keys(admin)
    old, new = (admin.post(f"{AUTHS}/api_key").json["api_key"] for _ in range(2))
    assert anonymous.get("/api/v1/users/permissions", headers={"x-api-key": old}).status_code == 401
    assert anonymous.get("/api/v1/users/permissions", headers={"x-api-key": new}).status_code == 200


def test_sessions_live_as_long_as_configured(admin, anonymous):
    config = admin.get(f"{AUTHS}/admin/config").json
    admin.post(f"{AUTHS}/admin/config", {**config, "JWT_EXPIRES_IN": "2h"})
    body = {"email": "admin@example.com", "password": PASSWORD}
    answer = anonymous.post(f"{AUTHS}/signin", body)
    assert "Max-Age=7200" in answer.headers["Set-Cookie"]
    admin.post(f"{AUTHS}/admin/config", {**config, "JWT_EXPIRES_IN": "-1"})
    answer = anonymous.post(f"{AUTHS}/signin", body)
    assert answer.json["expires_at"] is None
    assert "Max-Age" not in answer.headers["Set-Cookie"]


def test_whom_to_ask(admin, login):
    pending = login("pia", role="pending")
    assert pending.get(f"{AUTHS}/admin/details").json == {"name": "Admin", "email": "admin@example.com"}
    config = admin.get(f"{AUTHS}/admin/config").json
    admin.post(f"{AUTHS}/admin/config", {**config, "SHOW_ADMIN_DETAILS": False})
    assert pending.get(f"{AUTHS}/admin/details").status_code == 400


def test_ldap_server_needs_its_search_base(admin):
    page = f"{AUTHS}/admin/config/ldap/server"
    before = admin.get(page).json
    assert admin.post(page, before).status_code == 400
    answer = admin.post(page, {**before, "search_base": "dc=x", "port": None})
    assert (answer.status_code, answer.json["port"]) == (200, None)


def test_an_address_that_keeps_guessing_is_refused_for_every_account(login, anonymous):
    from blueprints.auths import routes_session
    from utils.cluster import limits

    login("ann")
    here = f"signin:ip:{limits.private('127.0.0.1')}"
    for _ in range(routes_session._ADDRESS_FAILURES - 1):
        limits.allow(here, 1, routes_session._ADDRESS_WINDOW)
    right = {"email": "ann@example.com", "password": PASSWORD}
    assert anonymous.post(f"{AUTHS}/signin", right).status_code == 200
    assert anonymous.post(f"{AUTHS}/signin", {**right, "email": "bob@example.com"}).status_code == 400
    assert anonymous.post(f"{AUTHS}/signin", right).status_code == 429
