"""Talking to models (journeys 04 to 10, 21, 23)."""

import pytest

pytestmark = pytest.mark.browser


def test_a_reply_arrives_word_by_word_and_is_there_after_a_reload(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    provider.say({"text": "one two three four five six seven eight", "delay": 0.25, "to": "count slowly"})
    ada.say("count slowly")
    ada.hears("one two")
    assert "eight" not in ada.replies.last.inner_text()
    ada.hears("seven eight")
    ada.is_done()
    ada.again()
    ada.hears("one two three four five six seven eight")
    assert "/c/" in ada.page.url


def test_a_second_turn_carries_the_first(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    provider.say({"text": "the first answer", "to": "first question"})
    ada.say("first question")
    ada.hears("the first answer")
    ada.is_done()
    said = len(provider.chats())
    ada.say("second question")
    ada.hears("second question")
    ada.is_done()
    told = [c["messages"] for c in provider.chats()[said:] if c["messages"][-1]["content"] == "second question"]
    assert [message["content"] for message in told[0] if message["role"] != "system"] == [
        "first question",
        "the first answer",
        "second question",
    ]


def test_a_stopped_reply_keeps_what_had_come(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    provider.say({"text": " ".join(f"word{n}" for n in range(100)), "delay": 0.2, "to": "talk at length"})
    ada.say("talk at length")
    ada.hears("word3")
    ada.page.get_by_role("button", name="Stop", exact=True).click()
    ada.is_done()
    ada.again()
    ada.hears("word3")
    assert "word99" not in ada.replies.last.inner_text()


def test_a_reply_again_makes_a_second_version(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    provider.say({"text": "version one", "to": "hello"}, {"text": "version two", "to": "hello"})
    ada.say("hello")
    ada.hears("version one")
    ada.is_done()
    ada.page.get_by_role("button", name="Regenerate").last.click()
    again = ada.page.get_by_text("Try Again")
    if again.count():
        again.first.click()
    ada.hears("version two")
    ada.is_done()
    ada.replies.last.hover()
    ada.page.get_by_role("button", name="Previous message").last.click()
    ada.hears("version one")


def test_an_edited_question_is_asked_anew(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    ada.say("before")
    ada.hears("before")
    ada.is_done()
    ada.page.locator(".chat-user").last.hover()
    ada.page.get_by_role("button", name="Edit").first.click()
    box = ada.page.locator(".chat-user textarea, textarea[id^='message-edit']").first
    box.fill("afterwards")
    ada.page.get_by_role("button", name="Send", exact=True).first.click()
    ada.hears("afterwards")
    ada.is_done()


def test_another_model_answers(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    ada.pick("gpt-small")
    ada.say("which one are you")
    ada.hears("which one are you")
    ada.is_done()
    assert "gpt-small" in {chat["model"] for chat in provider.chats()}


def test_a_model_of_ollama_answers(meet, provider):
    ada = meet("ada", role="admin").open().arrive()
    ada.pick("llama-test:latest")
    ada.say("hello llama")
    ada.hears("hello llama")
    ada.is_done()
    assert any(r["path"] == "/api/chat" and r["json"]["model"] == "llama-test:latest" for r in provider.requests)
