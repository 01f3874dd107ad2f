"""Accounts: lists, one's own settings, administration (journeys 42, 43, 53)."""

import pytest

USERS = "/api/v1/users"
PASSWORD = "correct-horse-1"


def add(admin, who, **values):
    body = {"name": who, "email": f"{who}@example.com", "password": PASSWORD, "role": "user", **values}
    return admin.post("/api/v1/auths/add", body)


# -- lists -------------------------------------------------------------------


def names(answer):
    return [user["name"] for user in answer.json["users"]]


def test_search_matches_name_and_address_whatever_the_case(admin):
    add(admin, "zoe", name="Åsa Öberg")
    add(admin, "bob")
    assert names(admin.get(f"{USERS}/search", query_string={"query": "åsa ö"})) == ["Åsa Öberg"]
    assert names(admin.get(f"{USERS}/search", query_string={"query": "ZOE@"})) == ["Åsa Öberg"]
    assert admin.get(f"{USERS}/search", query_string={"query": "nobody"}).json == {"users": [], "total": 0}


def test_sorting_and_pages(admin):
    for number in range(31):
        add(admin, f"user{number:02}")
    first = admin.get(f"{USERS}/", query_string={"order_by": "name", "direction": "asc"}).json
    assert (len(first["users"]), first["total"], first["users"][1]["name"]) == (30, 32, "user00")
    second = admin.get(f"{USERS}/", query_string={"order_by": "name", "direction": "asc", "page": 2}).json
    assert [user["name"] for user in second["users"]] == ["user29", "user30"]
    assert admin.get(f"{USERS}/", query_string={"page": 9}).json == {"users": [], "total": 32}


def test_members_of_a_group_first(admin):
    bob = add(admin, "bob").json["id"]
    group = admin.post("/api/v1/groups/create", {"name": "g", "description": ""}).json["id"]
    admin.post(f"/api/v1/groups/id/{group}/users/add", {"user_ids": [bob]})
    listed = admin.get(f"{USERS}/", query_string={"order_by": f"group_id:{group}", "direction": "desc"}).json["users"]
    assert (listed[0]["id"], listed[0]["group_ids"]) == (bob, [group])


def test_the_list_costs_the_same_number_of_queries_however_long(admin, monkeypatch):
    from models.base import database

    counted = []
    execute = database.obj.execute_sql
    monkeypatch.setattr(database.obj, "execute_sql", lambda *a, **k: (counted.append(a), execute(*a, **k))[1])

    def cost():
        counted.clear()
        admin.get(f"{USERS}/")
        return len(counted)

    one = cost()
    for number in range(25):
        add(admin, f"user{number}")
    assert cost() == one


def test_what_users_see_of_each_other_holds_no_settings(login):
    ann, bob = login("ann"), login("bob")
    seen = ann.get(f"{USERS}/{bob.id}/info").json
    assert "settings" not in seen
    assert "info" not in seen
    assert ann.get(f"{USERS}/{bob.id}").status_code == 401
    assert ann.get(f"{USERS}/").status_code == 401


# -- one's own ---------------------------------------------------------------


def test_settings_merge_the_interface_and_replace_the_rest(login):
    ann = login("ann")
    ann.post(f"{USERS}/user/settings/update", {"ui": {"a": 1, "b": {"c": 2}}, "x": {"q": 1}})
    answer = ann.post(f"{USERS}/user/settings/update", {"ui": {"a": None, "b": {"d": 3}}, "x": {"r": 1}})
    assert answer.json == {"ui": {"b": {"d": 3}}, "x": {"r": 1}}


def test_settings_drop_what_the_permissions_forbid(login, admin):
    sent = {"ui": {"toolServers": [{"url": "x"}], "notifications": {"webhook_url": "u", "k": 1}}, "notifications": {}}
    assert login("ann").post(f"{USERS}/user/settings/update", sent).json == {"ui": {"notifications": {"k": 1}}}
    assert admin.post(f"{USERS}/user/settings/update", sent).json == sent


def test_interface_defaults_lie_beneath(login, admin):
    ann = login("ann")
    config = admin.get("/api/v1/auths/admin/config").json
    admin.post("/api/v1/auths/admin/config", {**config, "DEFAULT_INTERFACE_SETTINGS": {"a": 1, "b": {"z": 1}}})
    ann.post(f"{USERS}/user/settings/update", {"ui": {"b": {"d": 3}}})
    assert ann.get(f"{USERS}/user/settings").json == {"ui": {"a": 1, "b": {"z": 1, "d": 3}}}
    assert ann.get(f"{USERS}/user/settings", query_string={"raw": True}).json == {"ui": {"b": {"d": 3}}}


def test_info_and_settings_are_null_at_first(login):
    ann = login("ann")
    assert ann.get(f"{USERS}/user/settings").data == b"null"
    assert ann.get(f"{USERS}/user/info").data == b"null"


def test_status_keeps_what_is_null(login):
    ann = login("ann")
    ann.post(f"{USERS}/user/status/update", {"status_emoji": "smile", "status_message": "hi"})
    answer = ann.post(f"{USERS}/user/status/update", {"status_emoji": None, "status_expires_at": 5}).json
    assert (answer["status_emoji"], answer["status_message"], answer["status_expires_at"]) == ("smile", "hi", 5)


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"a_1": "x"}, 200),
        ({"A": "x"}, 400),
        ({"a b": "x"}, 400),
        ({"a": 1}, 400),
        ({"a": "x" * 70000}, 400),
        ([], 422),
    ],
)
def test_variables(login, variables, status):
    ann = login("ann")
    assert ann.post(f"{USERS}/user/variables/update", {"variables": variables}).status_code == status
    assert ann.get(f"{USERS}/user/variables").json == {"variables": variables if status == 200 else {}}


def test_profile_takes_only_its_own_fields(login):
    ann = login("ann")
    sent = {"name": "Ann B", "profile_image_url": "/user.png", "role": "admin", "email": "x@y.z", "id": "other"}
    answer = ann.post("/api/v1/auths/update/profile", sent).json
    assert (answer["name"], answer["role"], answer["email"], answer["id"]) == (
        "Ann B",
        "user",
        "ann@example.com",
        ann.id,
    )


def test_a_name_of_ten_thousand_characters_is_refused(login, admin):
    sent = {"name": "x" * 10000, "profile_image_url": "/user.png"}
    assert login("ann").post("/api/v1/auths/update/profile", sent).status_code == 400
    assert add(admin, "bob", name="x" * 10000).status_code == 400


# -- pictures ----------------------------------------------------------------

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
        "//evil/x.png",
        "/other",
        "http://",
    ],
)
def test_pictures_that_could_run_are_not_stored(login, address):
    ann = login("ann")
    sent = {"name": "Ann", "profile_image_url": address}
    assert ann.post("/api/v1/auths/update/profile", sent).status_code == 422
    assert ann.get("/api/v1/auths/").json["profile_image_url"] == "/user.png"


def test_a_picture_is_served_as_nothing_but_a_picture(login):
    ann = login("ann")
    ann.post("/api/v1/auths/update/profile", {"name": "Ann", "profile_image_url": PIXEL})
    answer = login("bob").get(f"{USERS}/{ann.id}/profile/image")
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_stored_picture_that_could_run_is_not_served(login, backend):
    ann = login("ann")
    backend.execute(
        'UPDATE "user" SET profile_image_url = ? WHERE id = ?', "data:text/html;base64,PHNjcmlwdD4=", ann.id
    )
    answer = ann.get(f"{USERS}/{ann.id}/profile/image")
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert b"<script>" not in answer.data


def test_a_picture_elsewhere_is_a_redirect(login):
    ann = login("ann")
    ann.post("/api/v1/auths/update/profile", {"name": "Ann", "profile_image_url": "https://e.com/a.png"})
    answer = ann.get(f"{USERS}/{ann.id}/profile/image")
    assert (answer.status_code, answer.headers["Location"], answer.data) == (302, "https://e.com/a.png", b"")


# -- administration ----------------------------------------------------------


def test_a_new_role_holds_with_the_next_request(login, admin):
    ann = login("ann")
    admin.post(f"{USERS}/{ann.id}/update", {"role": "admin"})
    assert ann.get(f"{USERS}/").status_code == 200
    admin.post(f"{USERS}/{ann.id}/update", {"role": "pending"})
    assert ann.get(f"{USERS}/permissions").status_code == 401


def test_nobody_demotes_or_deletes_the_first_administrator(admin, login):
    other = login("other", role="admin")
    assert other.post(f"{USERS}/{admin.id}/update", {"role": "user"}).status_code == 403
    assert other.post(f"{USERS}/{admin.id}/update", {"name": "x"}).status_code == 403
    assert other.delete(f"{USERS}/{admin.id}").status_code == 403
    assert admin.post(f"{USERS}/{admin.id}/update", {"role": "user"}).status_code == 403
    assert admin.delete(f"{USERS}/{admin.id}").status_code == 403


def test_nobody_raises_his_own_role(login):
    ann = login("ann")
    assert ann.post(f"{USERS}/{ann.id}/update", {"role": "admin"}).status_code == 401


def test_an_address_is_taken_once_whatever_its_case(admin, login):
    ann = login("ann")
    login("bob")
    assert admin.post(f"{USERS}/{ann.id}/update", {"email": "BOB@example.com"}).status_code == 400
    assert add(admin, "x", email="Ann@Example.com").status_code == 400


def test_a_password_set_by_an_administrator_ends_the_sessions(admin, login, anonymous):
    ann = login("ann")
    admin.post(f"{USERS}/{ann.id}/update", {"password": "another-1"})
    assert ann.get("/api/v1/auths/").status_code == 401
    answer = anonymous.post("/api/v1/auths/signin", {"email": "ann@example.com", "password": "another-1"})
    assert answer.status_code == 200


def test_revoking_ends_sessions_and_leaves_the_key(admin, login, anonymous):
    config = admin.get("/api/v1/auths/admin/config").json
    admin.post("/api/v1/auths/admin/config", {**config, "ENABLE_API_KEYS": True})
    other = login("other", role="admin")
    key = other.post("/api/v1/auths/api_key").json["api_key"]
    assert admin.post(f"{USERS}/{other.id}/sessions/revoke").json is True
    assert other.get("/api/v1/auths/").status_code == 401
    assert anonymous.get(f"{USERS}/permissions", headers={"x-api-key": key}).status_code == 200
    assert admin.post(f"{USERS}/nobody/sessions/revoke").status_code == 404


def test_a_deleted_account_takes_its_things_along(admin, login, backend):
    ann = login("ann")
    backend.execute(
        "INSERT INTO chat (id, user_id, title, archived, chat, pinned, meta, created_at, updated_at) "
        f"VALUES ('c', ?, 't', {'0, ?, 0' if backend.kind == 'sqlite' else 'false, ?, false'}, '{{}}', 1, 1)",
        ann.id,
        "{}",
    )
    assert admin.delete(f"{USERS}/{ann.id}").json is True
    assert ann.get("/api/v1/auths/").status_code == 401
    for table, column in (("chat", "user_id"), ("auth", "id"), ('"user"', "id"), ("group_member", "user_id")):
        assert backend.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", ann.id) == []
    assert admin.delete(f"{USERS}/{ann.id}").json is True


def test_default_permissions_fill_what_is_left_out(admin, login):
    branches = ("workspace", "sharing", "access_grants", "chat", "features", "settings")
    tree = {branch: {} for branch in branches} | {"chat": {"delete": False}}
    answer = admin.post(f"{USERS}/default/permissions", tree).json
    assert (answer["chat"]["delete"], answer["chat"]["edit"]) == (False, True)
    assert login("ann").get(f"{USERS}/permissions").json == answer
    del tree["settings"]
    assert admin.post(f"{USERS}/default/permissions", tree).status_code == 422


# -- usage -------------------------------------------------------------------


def message(user, chat, number, moment, role, model=None, usage=None):
    from models.chats import Chat, ChatMessage

    if Chat.get_or_none(Chat.id == chat) is None:
        Chat.create(id=chat, user_id=user.id, title="t", chat={}, archived=False, pinned=False)
    one = f"{chat}-{number}"
    ChatMessage.create(id=one, chat_id=chat, user_id=user.id, role=role, model_id=model, usage=usage, created_at=moment)


def test_usage_counts_one_s_own_messages_by_day_and_model(login):
    ann, bob = login("ann"), login("bob")
    day = 86400
    start = 20000 * day
    message(ann, "c", 1, start, "user")
    message(ann, "c", 2, start + 90, "assistant", "m", {"prompt_tokens": 10, "completion_tokens": 5})
    message(ann, "c", 3, start + day, "user")
    message(ann, "c", 4, start + day + 5, "assistant", "m", {"input_tokens": 1, "output_tokens": "many"})
    message(bob, "d", 1, start, "assistant", "other", {"prompt_tokens": 1000})
    period = {"start_date": start, "end_date": start + 3 * day}
    seen = ann.get(f"{USERS}/usage", query_string=period).json
    assert [(one["messages"], one["tokens"], one["models"]) for one in seen["heatmap"]] == [
        (2, 15, {"m": 1}),
        (2, 1, {"m": 1}),
        (0, 0, {}),
        (0, 0, {}),
    ]
    totals = seen["totals"]
    assert (totals["lifetime_tokens"], totals["longest_streak"], totals["current_streak"]) == (16, 2, 0)
    assert totals["longest_chat_seconds"] == day + 5
    assert seen["top_models"] == [
        {"model_id": "m", "messages": 2, "input_tokens": 11, "output_tokens": 5, "total_tokens": 16}
    ]
    assert seen["cumulative_heatmap"][-1]["messages"] == 4
    assert sum(one["messages"] for one in seen["weekly_heatmap"]) == 4


def test_usage_refuses_a_time_that_ends_before_it_begins(login):
    ann = login("ann")
    assert ann.get(f"{USERS}/usage", query_string={"start_date": 5, "end_date": 3}).status_code == 400
    assert ann.get(f"{USERS}/usage", query_string={"days": 6}).status_code == 422
    assert len(ann.get(f"{USERS}/usage", query_string={"days": 7}).json["heatmap"]) == 7


@pytest.mark.parametrize(
    "query", ["end_date=999999999999999999", "start_date=-99999999999999", "start_date=9&end_date=5"]
)
def test_a_time_outside_of_every_calendar_is_refused(login, query):
    assert login("ann").get(f"/api/v1/users/usage?{query}").status_code == 400
