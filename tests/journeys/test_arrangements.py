"""What a person or an administrator arranges for chats: models, connections, prompts (journeys 32, 47, 53)."""

import pytest
from playwright.sync_api import expect
from provider import Provider

pytestmark = pytest.mark.browser


def systems(provider, question):
    """The system prompts that came with this question."""
    asked = [chat["messages"] for chat in provider.chats() if chat["messages"][-1]["content"] == question]
    return [said["content"] for said in asked[0] if said["role"] == "system"]


def test_a_model_of_the_workspace_speaks_as_it_was_told(meet, provider):
    ada = meet("ada", role="admin").open("/workspace/models/create")
    ada.page.get_by_placeholder("Model Name").fill("Pirate")
    ada.page.get_by_role("button", name="Select a base model").click()
    ada.page.get_by_role("option", name="Select gpt-small model").click()
    ada.page.get_by_role("textbox", name="System Prompt").fill("Speak like a pirate.")
    ada.page.get_by_role("button", name="Save & Create").click()
    ada.page.wait_for_url("**/workspace/models")
    ada.page.get_by_text("Pirate").first.wait_for()
    ada.open().arrive().pick("pirate")
    ada.say("where is the gold")
    ada.hears("You said: where is the gold")
    assert systems(provider, "where is the gold") == ["Speak like a pirate."]
    assert [chat["model"] for chat in provider.chats() if "gold" in str(chat["messages"][-1])][0] == "gpt-small"


@pytest.fixture
def second():
    """A provider that the server does not know yet."""
    provider = Provider()
    provider.models = ["far-model"]
    yield provider
    provider.close()


def test_a_second_provider_is_verified_and_its_models_answer(visit, second):
    ada = visit().sign_up_first().open("/admin/settings/connections")
    ada.page.get_by_role("button", name="Add Connection").first.click()
    ada.dialog.get_by_role("combobox", name="URL").fill(second.url + "/v1")
    ada.dialog.get_by_role("textbox", name="API Key").fill("another-key")
    ada.press("Verify Connection")
    ada.page.get_by_text("Server connection verified").wait_for()
    ada.press("Save")
    expect(ada.page.get_by_role("textbox", name="API Base URL")).to_have_count(2)
    ada.open().arrive().pick("far-model")
    ada.say("are you far")
    ada.hears("You said: are you far")
    assert {r["headers"].get("Authorization") for r in second.requests} == {"Bearer another-key"}


def test_a_prompt_and_a_theme_of_ones_own_stay(meet, provider):
    ann = meet()
    settings = ann.open().arrive().settings("General")
    settings.get_by_role("combobox", name="Theme").select_option(label="🌑 Dark")
    settings.get_by_placeholder("Enter system prompt here").fill("Answer in verse.")
    ann.press("Save")
    ann.page.get_by_text("Settings saved successfully!").first.wait_for()
    ann.again()
    expect(ann.page.locator("html")).to_have_class("dark")
    ann.say("what is rain")
    ann.hears("You said: what is rain")
    assert systems(provider, "what is rain") == ["Answer in verse."]
