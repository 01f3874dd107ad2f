"""Workspace models: rights, versions, pictures, transfer (http.md, data.md sections 2 and 4)."""

import pytest

URL = "/api/v1/models/"
EVERYONE = {"principal_type": "user", "principal_id": "*", "permission": "read"}


def form(model_id, **values):
    return {"id": model_id, "name": "N", "base_model_id": "gpt-test", "params": {}, "meta": {}, **values}


def grant(person, permission):
    return {"principal_type": "user", "principal_id": person.id, "permission": permission}


@pytest.fixture
def builder(login, backend):
    """A user who may build, import, export and share models."""
    permissions = (
        '{"workspace": {"models": true, "models_import": true, "models_export": true}, "sharing": {"models": true}}'
    )
    backend.execute("UPDATE config SET value = ? WHERE key = 'user.permissions'", permissions)
    return login("bob")


def test_building_needs_the_permission(login):
    assert login("ann").post(URL + "create", form("m")).status_code == 401


def test_a_users_model_needs_a_base(builder):
    assert builder.post(URL + "create", form("m", base_model_id=None)).status_code == 401
    assert builder.post(URL + "create", form("m", base_model_id="m")).status_code == 401


def test_an_id_is_taken_once(builder, admin):
    assert builder.post(URL + "create", form("m")).status_code == 200
    assert admin.post(URL + "create", form("m")).status_code == 401


def test_sharing_with_all_is_dropped_when_creating_and_refused_when_changing(builder):
    made = builder.post(URL + "create", form("m", access_grants=[EVERYONE])).json
    assert made["access_grants"] == []
    body = {"id": "m", "access_grants": [EVERYONE]}
    assert builder.post(URL + "model/access/update", body).status_code == 403


def test_a_reader_does_not_see_params_and_cannot_change(builder, login):
    rita = login("rita")
    builder.post(URL + "create", form("m", params={"system": "secret"}, access_grants=[grant(rita, "read")]))
    seen = rita.get(URL + "model?id=m").json
    assert seen["params"] == {} and seen["write_access"] is False
    assert rita.post(URL + "model/update", form("m")).status_code == 400
    assert rita.post(URL + "model/toggle?id=m").status_code == 401
    assert rita.post(URL + "model/delete", {"id": "m"}).status_code == 401
    assert rita.get(URL + "model/history?id=m").status_code == 403


def test_a_stranger_sees_nothing(builder, login):
    builder.post(URL + "create", form("m"))
    assert login("eve").get(URL + "model?id=m").status_code == 401
    assert login("eve").get(URL + "list").json == {"items": [], "total": 0}


def test_a_change_makes_a_version_and_the_same_again_makes_none(builder):
    first = builder.post(URL + "create", form("m", commit_message="first")).json["version_id"]
    second = builder.post(URL + "model/update", form("m", name="Two")).json["version_id"]
    assert builder.post(URL + "model/update", form("m", name="Two")).json["version_id"] == second
    lines = builder.get(URL + "model/history?id=m").json
    assert [(line["id"], line["parent_id"]) for line in lines] == [(second, first), (first, None)]
    assert lines[1]["user"] == {"name": "Bob"}


def test_going_back_to_a_version(builder):
    first = builder.post(URL + "create", form("m")).json["version_id"]
    builder.post(URL + "model/update", form("m", name="Two"))
    back = builder.post(URL + "model/update/version?id=m", {"version_id": first}).json
    assert (back["name"], back["version_id"]) == ("N", first)


def test_a_version_of_another_model_is_not_found(builder):
    first = builder.post(URL + "create", form("m")).json["version_id"]
    builder.post(URL + "create", form("other"))
    assert builder.get(URL + f"model/history/{first}?id=other").status_code == 404
    assert builder.post(URL + "model/update/version?id=other", {"version_id": first}).status_code == 404


def test_deleting_a_version_joins_its_neighbours(builder):
    first = builder.post(URL + "create", form("m")).json["version_id"]
    current = builder.post(URL + "model/update", form("m", name="Two")).json["version_id"]
    assert builder.delete(URL + f"model/history/{current}?id=m").status_code == 400
    assert builder.delete(URL + f"model/history/{first}?id=m").json is True
    assert builder.get(URL + "model/history?id=m").json[0]["parent_id"] is None


def test_deleting_takes_versions_and_grants_along(builder, login, backend):
    builder.post(URL + "create", form("m", access_grants=[grant(login("rita"), "read")]))
    assert builder.post(URL + "model/delete", {"id": "m"}).json is True
    assert backend.execute("SELECT count(*) FROM model_history")[0][0] == 0
    assert backend.execute("SELECT count(*) FROM access_grant")[0][0] == 0


def test_a_picture_that_could_run_is_dropped(admin):
    made = admin.post(URL + "create", form("m", meta={"profile_image_url": "javascript:alert(1)"})).json
    assert made["meta"]["profile_image_url"] is None


def test_a_picture_stays_when_it_is_not_sent(admin):
    admin.post(URL + "create", form("m", meta={"profile_image_url": "https://example.com/a.png"}))
    assert admin.post(URL + "model/update", form("m")).json["meta"]["profile_image_url"] == "https://example.com/a.png"


def test_pictures_are_served_redirected_or_replaced(admin, login):
    image = URL + "model/profile/image?id="
    admin.post(URL + "create", form("far", meta={"profile_image_url": "https://example.com/a.png"}))
    admin.post(URL + "create", form("near", meta={"profile_image_url": "data:image/png;base64,iVBORw0KGgo="}))
    far, near = admin.get(image + "far"), admin.get(image + "near")
    assert (far.status_code, far.headers["Location"]) == (302, "https://example.com/a.png")
    assert (near.status_code, near.content_type) == (200, "image/png")
    assert admin.get(image + "near", headers={"If-None-Match": near.headers["ETag"]}).status_code == 304
    assert login("eve").get(image + "near").headers["Location"] == "/static/favicon.png"


def test_an_import_is_all_or_nothing(builder):
    broken = [form("a"), {"id": "b"}]
    assert builder.post(URL + "import", {"models": broken}).status_code == 400
    assert builder.get(URL + "list").json["total"] == 0
    assert builder.post(URL + "import", {"models": [form("a")]}).json is True
    assert builder.get(URL + "list").json["total"] == 1


def test_an_import_does_not_touch_models_of_others(builder, admin):
    admin.post(URL + "create", form("m", name="Kept"))
    assert builder.post(URL + "import", {"models": [form("m", name="Taken")]}).status_code == 401
    assert admin.get(URL + "model?id=m").json["name"] == "Kept"


def test_an_import_cannot_describe_a_providers_model(builder, provider):
    assert builder.post(URL + "import", {"models": [form("gpt-test", base_model_id=None)]}).status_code == 401


def test_an_export_holds_what_one_may_change(builder, admin):
    admin.post(URL + "create", form("hers", access_grants=[EVERYONE]))
    builder.post(URL + "create", form("his"))
    assert [one["id"] for one in builder.get(URL + "export").json] == ["his"]
    assert builder.get(URL + "export?ids=hers").status_code == 403


def test_sync_makes_the_rows_the_given_ones(admin):
    admin.post(URL + "create", form("old"))
    kept = admin.post(URL + "create", form("kept")).json
    answer = admin.post(URL + "sync", {"models": [{**kept, "name": "Renamed"}, {**kept, "id": "new"}]})
    assert [(one["id"], one["name"]) for one in answer.json] == [("kept", "Renamed"), ("new", "N")]
    assert [one["id"] for one in admin.get(URL + "all").json] == ["kept", "new"]


def test_a_broken_sync_changes_nothing(admin):
    admin.post(URL + "create", form("old"))
    assert admin.post(URL + "sync", {"models": [{"id": "x"}]}).status_code == 422
    assert [one["id"] for one in admin.get(URL + "all").json] == ["old"]


def test_lists_are_searched_and_filtered(admin, login):
    rita = login("rita")
    admin.post(URL + "create", form("a", name="Alpha", meta={"tags": [{"name": "red"}]}, access_grants=[EVERYONE]))
    admin.post(URL + "create", form("b", name="Beta"))
    assert [one["id"] for one in admin.get(URL + "list?query=alp").json["items"]] == ["a"]
    assert [one["id"] for one in admin.get(URL + "list?tag=red").json["items"]] == ["a"]
    assert admin.get(URL + "list?view_option=shared").json["total"] == 0
    assert [one["id"] for one in rita.get(URL + "list").json["items"]] == ["a"]
    assert rita.get(URL + "tags").json == ["red"]


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"id": "a b"}, ["body", "id"]),
        ({"params": 5}, ["body", "params"]),
        ({"params": {"model_controls": {"1a": {}}}}, ["body", "params", "model_controls", "1a", "[key]"]),
        ({"meta": {"voice": {"voice": "a b"}}}, ["body", "meta", "voice", "voice"]),
    ],
)
def test_a_form_of_a_wrong_shape_is_refused(admin, values, where):
    answer = admin.post(URL + "create", {**form("m"), **values})
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == where
