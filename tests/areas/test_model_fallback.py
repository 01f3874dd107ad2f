"""A workspace model whose base is gone (chat.md section 10, ENABLE_CUSTOM_MODEL_FALLBACK)."""


def test_a_default_model_stands_in_for_one_without_its_base(backend, admin, provider):
    import config
    from models.workspace_models import WorkspaceModel
    from utils.settings import environment, keys

    WorkspaceModel.create(
        id="orphan", user_id=admin.id, base_model_id="gone", name="x", params={}, meta={}, is_active=True
    )
    keys.DEFAULT_MODELS.set("gpt-small,gpt-test")
    body = {"model": "orphan", "messages": [{"role": "user", "content": "hi"}]}
    assert admin.post("/api/chat/completions", body).status_code == 400
    environment.use(config.load({**backend.environ, "ENABLE_CUSTOM_MODEL_FALLBACK": "true"}))
    assert admin.post("/api/chat/completions", body).status_code == 200
    assert provider.chats()[0]["model"] == "gpt-small"
