"""Which voices and models there are to read aloud with, and where knowledge is kept elsewhere."""

import pytest
from provider import _Handler


@pytest.fixture
def engine(app):
    """`engine("openai", url)`: the engine that is configured to read aloud."""
    from utils.settings import keys_media, setting

    def configure(name, url=""):
        with app.app_context():
            setting.save(
                {
                    keys_media.AUDIO_TTS_ENGINE: name,
                    keys_media.AUDIO_TTS_API_KEY: "speech-key",
                    keys_media.AUDIO_TTS_MISTRAL_API_KEY: "speech-key",
                    keys_media.AUDIO_TTS_OPENAI_API_BASE_URL: url,
                    keys_media.AUDIO_TTS_MISTRAL_API_BASE_URL: url,
                    keys_media.AUDIO_TTS_AZURE_SPEECH_BASE_URL: url,
                }
            )

    return configure


@pytest.fixture
def answers(provider, monkeypatch):
    """Paths and what the provider answers there."""
    said = {}

    def get(handler):
        if handler.path not in said:
            return original(handler)
        handler.read()
        return handler.answer(said[handler.path])

    original = _Handler.do_GET
    monkeypatch.setattr(_Handler, "do_GET", get)
    return said


def voices(person):
    return person.get("/api/v1/audio/voices").json["voices"]


def models(person):
    return person.get("/api/v1/audio/models").json["models"]


def test_without_an_engine_there_are_none(login):
    assert voices(login("ann")) == []
    assert models(login("ann")) == []


def test_those_of_openai_are_known(engine, login):
    engine("openai", "https://api.openai.com/v1")
    assert [voice["id"] for voice in voices(login("ann"))] == ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]
    assert models(login("ann")) == [{"id": "tts-1"}, {"id": "tts-1-hd"}]


def test_another_server_is_asked_for_its_own(engine, login, provider, answers):
    engine("openai", provider.url + "/v1")
    assert voices(login("ann"))[0] == {"id": "alloy", "name": "alloy"}
    answers["/v1/audio/voices"] = {"voices": [{"id": "deep", "name": "Deep"}]}
    answers["/v1/audio/models"] = {"models": [{"id": "own"}]}
    assert voices(login("ann")) == [{"id": "deep", "name": "Deep"}]
    assert models(login("ann")) == [{"id": "own"}]


def test_azure_and_mistral_are_asked(engine, login, provider, answers):
    answers["/cognitiveservices/voices/list"] = [{"ShortName": "en-A", "DisplayName": "Anna"}, {"Name": "odd"}]
    answers["/v1/audio/voices"] = {"items": [{"id": "m", "name": "Marie"}]}
    engine("azure", provider.url)
    assert voices(login("ann")) == [{"id": "en-A", "name": "Anna (en-A)"}]
    assert provider.requests[-1]["headers"]["Ocp-Apim-Subscription-Key"] == "speech-key"
    engine("mistral", provider.url + "/v1")
    assert voices(login("ann")) == [{"id": "m", "name": "Marie"}]


def test_an_engine_that_does_not_answer_has_none(engine, login):
    engine("azure", "http://127.0.0.1:1")
    assert voices(login("ann")) == []


def test_connections_are_listed_without_credentials(app, admin, login):
    from utils.settings import keys

    stored = {"id": "c1", "name": "One", "provider": "qdrant", "auth_config": {"api_key": "hidden"}}
    with app.app_context():
        keys.EXTERNAL_KNOWLEDGE_CONNECTIONS.set([stored])
    shown = {"id": "c1", "name": "One", "provider": "qdrant", "auth_configured": True}
    assert admin.get("/api/v1/knowledge/external/connections").json == {"items": [shown], "total": 1}
    assert admin.get("/api/v1/knowledge/external/connections/c1").json == shown
    assert admin.get("/api/v1/knowledge/external/connections/c2").status_code == 404
    assert login("ann").get("/api/v1/knowledge/external/connections").status_code == 401
