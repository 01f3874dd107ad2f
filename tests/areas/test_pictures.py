"""Pictures in a conversation (chat.md section 4.1): a provider is sent data, never an address of ours."""

import base64
import uuid

import pytest

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DATA = "data:image/png;base64," + base64.b64encode(PIXEL).decode()


def upload(backend, owner, kind="image/png"):
    """A file in the uploads folder, whose row comes from a server with another folder."""
    from models.files import File

    file_id = str(uuid.uuid4())
    folder = backend.folder / "uploads"
    folder.mkdir(exist_ok=True)
    (folder / f"{file_id}_x.png").write_bytes(PIXEL)
    File.create(id=file_id, user_id=owner.id, path=f"/elsewhere/uploads/{file_id}_x.png", meta={"content_type": kind})
    return file_id


@pytest.fixture
def sent(admin, provider):
    """`sent(url, by=admin)`: what the provider gets for this picture."""

    def ask(url, by=admin):
        part = {"type": "image_url", "image_url": {"url": url, "detail": "low"}}
        content = [{"type": "text", "text": "what is this"}, part]
        body = {"model": "gpt-test", "messages": [{"role": "user", "content": content}]}
        assert by.post("/api/chat/completions", body).status_code == 200
        image = provider.chats()[-1]["messages"][0]["content"][1]["image_url"]
        assert image["detail"] == "low"
        return image["url"]

    return ask


def test_an_own_file_is_sent_as_data(backend, admin, sent):
    file_id = upload(backend, admin)
    assert sent(f"/api/v1/files/{file_id}/content") == DATA
    assert sent(file_id) == DATA


def test_a_file_of_somebody_else_is_not_sent(app, backend, admin, login, sent):
    from models.access_grants import AccessGrant
    from models.workspace_models import WorkspaceModel

    file_id = upload(backend, admin)
    ann = login("ann")
    WorkspaceModel.create(id="gpt-test", user_id=ann.id, name="x", params={}, meta={}, is_active=True)
    assert AccessGrant.select().count() == 0
    assert sent(file_id, by=ann) == file_id


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/plain"])
def test_what_is_no_safe_picture_is_not_sent(backend, admin, sent, kind):
    file_id = upload(backend, admin, kind)
    assert sent(file_id) == file_id


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.png", "file:///etc/passwd", "/api/v1/files/../secret/content"])
def test_other_addresses_stay_as_they_are(sent, url):
    assert sent(url) == url


def test_data_is_passed_on(sent):
    assert sent(DATA) == DATA
