"""What happens around a reply (journeys 05, 11, 20, 22, 24 to 29), and calls that wait for a person."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

QUESTION = {
    "questions": [
        {
            "id": "q1",
            "question": "Which fruit?",
            "options": [{"label": "Apples", "description": "red"}, {"label": "Pears", "description": "green"}],
        }
    ]
}


@pytest.fixture
def consent(town):
    """Calls of tools may wait for consent."""
    statement = "UPDATE config SET value = ? WHERE key = 'chat.tool_permissions.enable'"
    town.backend.execute(statement, "true")
    yield
    town.backend.execute(statement, "false")


def test_an_edited_reply_is_kept(meet):
    ann = meet().open().arrive()
    ann.say("hello")
    ann.hears("You said: hello")
    ann.is_done()
    ann.page.get_by_role("button", name="Edit").last.click()
    ann.page.get_by_role("log").get_by_role("textbox").fill("Corrected by hand")
    ann.page.get_by_role("button", name="Save", exact=True).click()
    ann.hears("Corrected by hand")
    ann.again().hears("Corrected by hand")
    expect(ann.page.get_by_text("You said")).to_have_count(0)


def test_a_temporary_chat_is_not_kept(meet):
    ann = meet().open().arrive()
    ann.page.get_by_role("button", name="Temporary Chat").click()
    ann.say("between us")
    ann.hears("You said: between us")
    ann.is_done()
    ann.open().arrive()
    ann.sidebar.get_by_role("button", name="Chats", exact=True).wait_for()
    expect(ann.page.locator("[data-sidebar-chat-id]")).to_have_count(0)
    assert ann.person.get("/api/v1/chats/").json() == []


def test_two_models_answer_side_by_side(meet, provider):
    ada = meet("ada", role="admin").open("/?models=gpt-test,gpt-small").arrive()
    provider.say({"text": "left answer", "to": "both of you"}, {"text": "right answer", "to": "both of you"})
    ada.say("both of you")
    for answer in ("left answer", "right answer"):
        ada.page.get_by_text(answer).wait_for()
    ada.is_done()
    ada.again()
    for shown in ("left answer", "right answer"):
        ada.page.get_by_text(shown).wait_for()


def test_a_failing_provider_is_told_and_the_next_message_works(meet, provider):
    ann = meet().open().arrive()
    provider.say({"error": 500, "message": "the engine is flooded", "to": "first try"})
    ann.say("first try")
    ann.page.get_by_text("the engine is flooded").first.wait_for()
    ann.again().page.get_by_text("the engine is flooded").first.wait_for()
    ann.say("second try")
    ann.hears("You said: second try")


def test_thinking_is_folded_and_markdown_shown(meet, provider):
    ann = meet().open().arrive()
    text = "# Heading\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint('hi')\n```\n"
    provider.say({"reasoning": "let me think", "text": text, "to": "show me"})
    ann.say("show me")
    ann.is_done()
    for _ in range(2):
        log = ann.page.get_by_role("log")
        log.get_by_role("heading", name="Heading").wait_for()
        log.get_by_role("cell", name="1").wait_for()
        log.get_by_text("print").first.wait_for()
        expect(log.get_by_text("let me think")).to_have_count(0)
        log.get_by_role("button", name="Thought").click()
        log.get_by_text("let me think").wait_for()
        ann.again()


def test_a_second_browser_follows(meet, provider):
    ann = meet()
    chat = ann.wrote("Apples")
    ann.open(f"/c/{chat}").arrive()
    other = meet(person=ann.person).open(f"/c/{chat}").arrive()
    provider.say({"text": "one two three four five six", "delay": 0.3, "to": "count"})
    ann.say("count")
    other.hears("one two")
    other.hears("five six")
    other.page.locator(".chat-user").filter(has_text="count").wait_for()


def test_a_reply_is_whole_though_the_line_broke(meet, provider):
    ann = meet().open().arrive()
    provider.say({"text": " ".join(f"word{n}" for n in range(30)), "delay": 0.2, "to": "talk"})
    ann.say("talk")
    ann.hears("word2")
    with ann.expecting("failed: ", "console: ", "exception: Failed to fetch"):
        ann.context.set_offline(True)
        ann.page.wait_for_timeout(1500)
        ann.context.set_offline(False)
        ann.hears("word29")
        ann.is_done()
    assert ann.replies.last.inner_text().split().count("word15") == 1


def test_a_call_waits_for_consent(meet, provider, consent):
    ann = meet().open().arrive()
    ann.person.post("/api/v1/users/user/settings/update", {"ui": {"params": {"tool_approval_mode": "ask"}}})
    ann.again()
    script = {"tool_calls": [{"name": "get_current_timestamp", "arguments": {}}], "to": "what time is it"}
    provider.say(script, {"text": "It is late.", "to": "what time is it"})
    ann.say("what time is it")
    ann.page.get_by_role("button", name="Allow", exact=True).wait_for()
    ann.again()
    ann.page.get_by_role("button", name="Allow", exact=True).click()
    ann.hears("It is late.")
    ann.again().hears("It is late.")


def test_a_question_of_the_model_is_answered(meet, provider):
    ann = meet().open().arrive()
    script = {"tool_calls": [{"name": "ask_user", "arguments": QUESTION}], "to": "choose for me"}
    # the page misses the end of a reply that is over before it has read that its answer was taken
    provider.say(script, {"text": "Very well.", "delay": 0.8, "to": "choose for me"})
    ann.say("choose for me")
    ann.page.get_by_text("Which fruit?").first.wait_for()
    ann.again()
    ann.page.get_by_text("Which fruit?").first.wait_for()
    ann.page.get_by_text("Pears").first.click()
    ann.hears("Very well.")
    ann.is_done()
    assert "Pears" in str(provider.chats()[-1]["messages"])
