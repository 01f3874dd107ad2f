"""Pages of settings: what is stored is shown, faulty values change nothing (journeys 46 to 48)."""

import pytest

PAGES = {
    "/api/v1/auths/admin/config": "/api/v1/auths/admin/config",
    "/api/v1/auths/admin/config/oauth": "/api/v1/auths/admin/config/oauth",
    "/api/v1/configs/connections": "/api/v1/configs/connections",
    "/api/v1/configs/code_execution": "/api/v1/configs/code_execution",
    "/api/v1/configs/models": "/api/v1/configs/models",
    "/api/v1/configs/subagents": "/api/v1/configs/subagents",
    "/api/v1/evaluations/config": "/api/v1/evaluations/config",
    "/api/v1/images/config": "/api/v1/images/config/update",
    "/api/v1/audio/config": "/api/v1/audio/config/update",
    "/api/v1/retrieval/config": "/api/v1/retrieval/config/update",
}
FIXED = {"ENABLE_MFA", "MFA_ALLOW_OAUTH_BYPASS", "MFA_ALLOW_TRUSTED_HEADER_BYPASS", "ENABLE_OAUTH_PERSISTENT_CONFIG"}
CHECKED = {"DEFAULT_USER_ROLE", "JWT_EXPIRES_IN", "CHANNEL_MODEL_RESPONSE_MODE", "IMAGE_SIZE", "status"}
CHECKED |= {"RAG_RERANKING_MODEL", "I18N", "PROVIDER", "AUTH_TYPE"}


def changed(value):
    """Every value of a page, another one of its kind."""
    if isinstance(value, dict):
        return {k: v if k in FIXED | CHECKED else changed(v) for k, v in value.items()} or {"k": "v"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return value + "x" if isinstance(value, str) else value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_was_saved(admin, page):
    before = admin.get(page).json
    wanted = changed(before)
    for field in ("FOLDER_MAX_FILE_COUNT", "AUTOMATION_MAX_COUNT", "AUTOMATION_MIN_INTERVAL", "MINERU_API_TIMEOUT"):
        if field in wanted:
            wanted[field] = 7
    saved = admin.post(PAGES[page], wanted)
    assert saved.status_code == 200, saved.json
    assert admin.get(page).json == wanted
    assert wanted != before


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_the_administrator_s(login, page):
    ann = login("ann")
    assert ann.get(page).status_code == 401
    assert ann.post(PAGES[page], {}).status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [("DEFAULT_USER_ROLE", "emperor"), ("JWT_EXPIRES_IN", "soon"), ("CHANNEL_MODEL_RESPONSE_MODE", "shout")],
)
def test_values_that_cannot_be_meant_leave_the_former(admin, field, value):
    page = "/api/v1/auths/admin/config"
    before = admin.get(page).json
    assert admin.post(page, {**before, field: value}).json[field] == before[field]


def test_a_faulty_page_changes_nothing(admin):
    page = "/api/v1/configs/subagents"
    before = admin.get(page).json
    answer = admin.post(page, {**before, "ENABLE_SUBAGENTS": True, "SUBAGENTS_MAX_OUTPUT": "much"})
    assert answer.json["detail"][0]["loc"] == ["body", "SUBAGENTS_MAX_OUTPUT"]
    assert admin.get(page).json == before


def test_a_null_keeps_or_is_stored_as_the_page_has_it(admin):
    update = "/api/v1/retrieval/config/update"
    assert admin.post(update, {"TOP_K": None}).json["TOP_K"] == 3
    assert admin.post(update, {"web": {"WEB_SEARCH_RESULT_COUNT": None}}).json["web"]["WEB_SEARCH_RESULT_COUNT"] is None


def test_only_the_chosen_engine_s_connection_is_stored(admin):
    page = admin.get("/api/v1/retrieval/embedding").json
    sent = {**page, "RAG_EMBEDDING_ENGINE": "ollama", "ollama_config": {"url": "http://o"}, "openai_config": {}}
    saved = admin.post("/api/v1/retrieval/embedding/update", sent).json
    assert saved["ollama_config"] == {"url": "http://o", "key": ""}
    assert saved["openai_config"] == page["openai_config"]
    assert admin.post("/api/v1/retrieval/embedding/update", {**page, "RAG_EMBEDDING_ENGINE": "?"}).status_code == 400


def test_export_and_import(admin):
    exported = admin.get("/api/v1/configs/export").json
    assert exported["ui.watermark"] == ""
    sent = {"config": {**exported, "ui.watermark": "w", "an.unknown.key": [1]}}
    answer = admin.post("/api/v1/configs/import", sent).json
    assert (answer["ui.watermark"], answer["an.unknown.key"]) == ("w", [1])
    assert admin.get("/api/v1/configs/namespace/an").json == {"an.unknown.key": [1]}
    assert admin.get("/api/v1/auths/admin/config").json["RESPONSE_WATERMARK"] == "w"


def test_banners_and_suggestions_reach_everybody(admin, login):
    banner = {"id": "1", "type": "info", "title": "t", "content": "c", "dismissible": True, "timestamp": 5}
    admin.post("/api/v1/configs/banners", {"banners": [banner]})
    suggestion = {"title": ["a", "b"], "content": "c"}
    admin.post("/api/v1/configs/suggestions", {"suggestions": [suggestion]})
    ann = login("ann")
    assert ann.get("/api/v1/configs/banners").json == [{"i18n": None, **banner}]
    assert ann.get("/api/config").json["default_prompt_suggestions"] == [suggestion]
    assert ann.post("/api/v1/configs/banners", {"banners": []}).status_code == 401


def test_connections_keep_fields_that_this_server_does_not_know(admin):
    server = {"url": "http://t", "path": "o.json", "auth_type": None, "key": None, "config": {"a": 1}, "later": [1]}
    answer = admin.post("/api/v1/configs/tool_servers", {"TOOL_SERVER_CONNECTIONS": [server]}).json
    assert answer["TOOL_SERVER_CONNECTIONS"][0]["later"] == [1]


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"OPENAI_API_BASE_URLS": "http://mine/v1", "OPENAI_API_KEYS": "mine"}, ""),
        ({"OPENAI_API_BASE_URLS": "http://mine/v1;https://api.openai.com/v1", "OPENAI_API_KEYS": "mine;open"}, "open"),
        ({"OPENAI_API_KEY": "open"}, "open"),
        ({"OPENAI_API_KEY": "open", "K": "own"}, "own"),
    ],
)
def test_a_provider_s_key_never_seeds_another_s(environ, key):
    from utils.settings.setting import paired_key

    assert paired_key("K")(environ) == key


def test_trying_out_servers(admin, provider):
    server = {"url": "http://127.0.0.1:1", "path": "openapi.json", "auth_type": "bearer", "key": "k", "config": {}}
    verify = "/api/v1/configs/tool_servers/verify"
    assert admin.post(verify, server).status_code == 400
    answer = admin.post(verify, {**server, "url": provider.url, "path": "v1/models"})
    assert answer.status_code == 200
    assert "data" in answer.json
    assert admin.post("/api/v1/configs/terminal_servers/verify", {"url": "http://127.0.0.1:1"}).status_code == 400
    policy = {"url": "http://127.0.0.1:1", "policy_id": "p"}
    assert admin.post("/api/v1/configs/terminal_servers/policy", policy).status_code == 400
