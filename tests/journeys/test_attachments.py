"""Files and pictures in a conversation (journey 30)."""

import base64
import json

import pytest
from toolserver import PIXEL

pytestmark = pytest.mark.browser


def attach(person, name, content, kind):
    """Adds a file to the message that is being written, and waits until it has been taken in."""
    person.page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": kind, "buffer": content})


def sent_of(provider, question):
    """What the provider was sent with this question; requests for titles and the like bring no tools."""
    asked = [c["messages"][-1]["content"] for c in provider.chats() if c.get("tools")]
    return next(one for one in asked if question in json.dumps(one))


def test_a_text_file_is_read_by_the_model_and_shown_as_its_source(visit, provider):
    ada = visit().sign_up_first()
    with ada.page.expect_response(lambda r: "/process/status" in r.url):
        attach(ada, "harbour.txt", b"The harbour master of Zellenburg is Quintus.", "text/plain")
    ada.page.get_by_text("harbour.txt").first.wait_for()
    ada.say("Who is the harbour master?")
    ada.hears("Who is the harbour master?")
    ada.is_done()
    assert "Quintus" in sent_of(provider, "Who is the harbour master?")
    ada.page.reload()
    ada.arrive()
    ada.replies.last.get_by_text("Source").first.wait_for()
    ada.page.locator(".chat-user").get_by_text("harbour.txt").first.wait_for()


def test_a_picture_is_seen_by_the_model_and_by_the_user(visit, provider):
    ada = visit().sign_up_first()
    with ada.page.expect_response(lambda r: r.request.method == "POST" and "/api/v1/files/" in r.url):
        attach(ada, "pixel.png", base64.b64decode(PIXEL), "image/png")
    ada.page.locator("#message-input-container img, form img").first.wait_for()
    ada.say("what is on it")
    ada.hears("what is on it")
    ada.is_done()
    parts = sent_of(provider, "what is on it")
    # what is attached is named first
    assert [part["type"] for part in parts] == ["text", "text", "image_url"]
    assert parts[0]["text"].startswith("<attached_files>") and "pixel.png" in parts[0]["text"]
    assert parts[2]["image_url"]["url"].startswith("data:image/")
    ada.page.reload()
    ada.arrive()
    shown = ada.page.locator(".chat-user img").first
    shown.wait_for()
    ada.page.wait_for_function("document.querySelector('.chat-user img').naturalWidth > 0")
