"""The merged model list: connections, prefixes, rows, access, caching (providers.md section 1)."""

import pytest

MODEL = {"name": "Mine", "base_model_id": "gpt-test", "params": {}, "meta": {}}
EVERYONE = {"principal_type": "user", "principal_id": "*", "permission": "read"}


def ids(caller, query=""):
    answer = caller.get("/api/models" + query)
    assert answer.status_code == 200
    return [model["id"] for model in answer.json["data"]]


def entry(caller, model_id):
    return next(model for model in caller.get("/api/models").json["data"] if model["id"] == model_id)


def connect(admin, provider, *configs, **options):
    """Gives the server one connection to the provider for each of `configs`."""
    body = {
        "ENABLE_OPENAI_API": True,
        "OPENAI_API_BASE_URLS": [provider.url + "/v1"] * len(configs),
        "OPENAI_API_KEYS": ["key"] * len(configs),
        "OPENAI_API_CONFIGS": {str(index): config for index, config in enumerate(configs)},
        **options,
    }
    answer = admin.post("/openai/config/update", body)
    assert answer.status_code == 200
    return answer.json


def asked(provider, path="/v1/models"):
    return [one for one in provider.requests if one["path"] == path]


def test_an_administrator_sees_all_providers(admin, provider):
    assert ids(admin) == ["gpt-test", "gpt-small", "llama-test:latest"]
    assert entry(admin, "gpt-test")["openai"]["owned_by"] == "test"
    assert entry(admin, "llama-test:latest")["ollama"]["urls"] == [0]


def test_a_user_sees_what_is_shared_only(admin, login, provider):
    ann = login("ann")
    assert ids(ann) == []
    admin.post("/api/v1/models/create", {"id": "mine", **MODEL, "access_grants": [EVERYONE]})
    assert ids(ann) == ["mine"]
    admin.post("/api/v1/models/model/access/update", {"id": "gpt-test", "access_grants": [EVERYONE]})
    assert ids(ann) == ["gpt-test", "mine"]


def test_params_and_pictures_stay_on_the_server(admin, provider):
    picture = "data:image/png;base64,iVBORw0KGgo="
    secret = {**MODEL, "params": {"system": "be kind", "temperature": 1}, "meta": {"profile_image_url": picture}}
    admin.post("/api/v1/models/create", {"id": "mine", **secret})
    info = entry(admin, "mine")["info"]
    assert info["params"] == {}
    assert "profile_image_url" not in info["meta"]


def test_prefix_tags_and_fixed_ids(admin, provider):
    connect(admin, provider, {"tags": [{"name": "t"}]}, {"prefix_id": "p", "model_ids": ["m1"]}, {"prefix_id": "q"})
    found = ids(admin)
    assert found[:5] == ["gpt-test", "gpt-small", "p.m1", "q.gpt-test", "q.gpt-small"]
    assert entry(admin, "gpt-test")["tags"] == [{"name": "t"}]
    assert entry(admin, "p.m1")["urlIdx"] == 1


def test_fixed_ids_are_not_asked_for(admin, provider):
    connect(admin, provider, {"model_ids": ["m1"]})
    provider.requests.clear()
    ids(admin)
    assert not asked(provider)


def test_a_disabled_connection_is_skipped(admin, provider):
    connect(admin, provider, {"enable": False})
    assert ids(admin) == ["llama-test:latest"]


def test_an_offline_host_leaves_the_others(admin, provider):
    connect(admin, provider, {}, {}, OPENAI_API_BASE_URLS=["http://127.0.0.1:1/v1", provider.url + "/v1"])
    assert "gpt-test" in ids(admin)


def test_a_provider_that_answers_rubbish_offers_nothing(admin, provider):
    connect(admin, provider, {}, OPENAI_API_BASE_URLS=[provider.url + "/api/version?"])
    assert ids(admin) == ["llama-test:latest"]


def test_an_answer_is_kept_for_a_moment_and_refreshed_on_demand(admin, provider):
    ids(admin)
    provider.models = ["new-model"]
    assert "new-model" not in ids(admin)
    assert "new-model" in ids(admin, "?refresh=true")


def test_an_unknown_id_makes_no_traffic(admin, provider):
    ids(admin)
    provider.requests.clear()
    assert admin.post("/api/embeddings", {"model": "nope", "input": "x"}).status_code == 400
    assert not provider.requests


def test_a_row_without_base_renames_hides_and_shares(admin, provider):
    described = {"id": "gpt-small", "name": "Small", "base_model_id": None, "params": {}, "meta": {}}
    admin.post("/api/v1/models/create", described)
    assert entry(admin, "gpt-small")["name"] == "Small"
    admin.post("/api/v1/models/model/toggle?id=gpt-small")
    assert "gpt-small" not in ids(admin)


def test_a_row_whose_base_is_gone_is_listed_but_not_usable(admin, provider):
    admin.post("/api/v1/models/create", {"id": "lost", **MODEL, "base_model_id": "gone"})
    assert entry(admin, "lost")["connection_type"] is None
    assert admin.post("/api/embeddings", {"model": "lost", "input": "x"}).status_code == 400


def test_an_ollama_base_is_found_without_its_tag(admin, provider):
    admin.post("/api/v1/models/create", {"id": "mine", **MODEL, "base_model_id": "llama-test"})
    assert entry(admin, "mine")["owned_by"] == "ollama"


@pytest.mark.parametrize(
    ("provider_kind", "given", "loaded"),
    [
        ("llama.cpp", {}, True),
        ("llama.cpp", {"status": {"value": "loaded"}}, True),
        ("llama.cpp", {"status": {"value": "unloaded"}}, False),
        ("llama.cpp", {"status": "odd"}, None),
        ("lmstudio", {}, None),
        ("lmstudio", {"state": "not-loaded"}, False),
        ("lmstudio", {"loaded_instances": [{}]}, True),
    ],
)
def test_which_models_a_server_has_loaded(admin, provider, provider_kind, given, loaded):
    connect(admin, provider, {"provider": provider_kind})
    provider.models = [{"id": "a", **given}]
    admin.post("/api/v1/models/create", {"id": "mine", **MODEL, "base_model_id": "a"})
    shown = entry(admin, "a")
    assert shown.get("loaded") is loaded and shown["openai"]["provider"] == provider_kind
    assert entry(admin, "mine").get("loaded") is loaded


def test_azure_is_asked_for_its_models_unless_they_are_named(admin, provider):
    connect(admin, provider, {"provider": "azure"})
    assert entry(admin, "gpt-test")["provider"] == "azure"


def test_what_a_prompt_asks_of_a_chat_is_shown(admin, provider):
    system = 'Be {{chat.variables.tone | select:options=["kind","rude"]:default="kind"}} {{chat.variables.x}}'
    admin.post("/api/v1/models/create", {"id": "mine", **MODEL, "params": {"system": system}})
    fields = entry(admin, "mine")["info"]["meta"]["chat_variables_schema"]["fields"]
    assert fields[0] == {
        "key": "tone",
        "default": "kind",
        "options": ["kind", "rude"],
        "type": "select",
        "required": False,
    }
    assert fields[1] == {"key": "x", "type": "text", "required": False}


@pytest.mark.parametrize(("user_may", "count"), [(False, 400), (True, 200)])
def test_use_needs_access_to_the_base_too(admin, login, provider, user_may, count):
    ann = login("ann")
    admin.post("/api/v1/models/create", {"id": "mine", **MODEL, "access_grants": [EVERYONE]})
    if user_may:
        admin.post("/api/v1/models/model/access/update", {"id": "gpt-test", "access_grants": [EVERYONE]})
    assert ann.post("/api/embeddings", {"model": "mine", "input": "x"}).status_code == count


def test_the_configured_order(admin, provider, backend):
    backend.execute("UPDATE config SET value = '[\"llama-test:latest\"]' WHERE key = 'ui.model_order_list'")
    assert ids(admin) == ["llama-test:latest", "gpt-small", "gpt-test"]


def test_the_base_list_is_for_administrators(admin, login, provider):
    assert [one["id"] for one in admin.get("/api/models/base").json["data"]][0] == "gpt-test"
    assert login("ann").get("/api/models/base").status_code == 401


def test_an_arena_model_appears_when_switched_on(admin, login, provider, backend):
    backend.execute("UPDATE config SET value = 'true' WHERE key = 'evaluation.arena.enable'")
    assert entry(admin, "arena-model")["arena"] is True
    assert ids(login("ann")) == []


def test_unloading_asks_every_host(admin, provider):
    assert admin.post("/api/models/unload", {"model": "llama-test:latest"}).json == {"status": True}
    assert asked(provider, "/api/generate")[-1]["json"]["keep_alive"] == 0
    assert admin.post("/api/models/unload", {"model": "nope"}).status_code == 404
    assert admin.post("/api/models/unload", {"model": "gpt-test"}).status_code == 400


def test_odd_entries_of_a_provider_do_no_harm(admin, provider):
    provider.models = [5, {"odd": 1}, "good"]
    assert "good" in ids(admin)


def test_another_process_that_saw_a_change_is_believed(admin, provider, backend):
    from utils.cluster import redis
    from utils.providers import lists

    ids(admin)
    provider.models = ["new-model"]
    asked_for = {"model": "new-model", "input": "x"}
    assert admin.post("/api/embeddings", asked_for).status_code == 400
    if backend.kind == "sqlite":
        return
    for kept in lists._kept.values():
        kept.at -= 60
    redis.client().set(redis.key("providers", "changed"), "99999999999")
    assert admin.post("/api/embeddings", asked_for).status_code == 200
