"""Ways of one's own to models: a connection that only the browser has, models drawn by lot, a key for programs; and
what people may do by default (journeys 45 and 56)."""

import pytest
import requests
from playwright.sync_api import expect
from provider import Provider, _Handler

pytestmark = pytest.mark.browser


class _OpenToPages(_Handler):
    """A provider that pages of any site may ask."""

    def end_headers(self):
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        super().end_headers()

    def do_OPTIONS(self):
        self.answer(b"", 204)


@pytest.fixture
def near():
    """A provider that the browser reaches; the server knows nothing of it."""
    provider = Provider()
    provider.server.RequestHandlerClass = type("Handler", (_OpenToPages,), {"owner": provider})
    provider.models = ["near-model"]
    yield provider
    provider.close()


@pytest.fixture
def switched(town):
    """Changes settings of the town for this journey: `switched(path, name=value, …)`."""
    before = []

    def switch(path, **values):
        known = town.admin.get(path).json()
        before.append((path, known))
        assert town.admin.post(path, {**known, **values}).status_code == 200

    yield switch
    for path, known in reversed(before):
        town.admin.post(path, known)


def test_a_connection_of_the_browsers_own_answers(meet, switched, provider, near):
    switched("/api/v1/configs/connections", ENABLE_DIRECT_CONNECTIONS=True)
    ada = meet("ada", role="admin").open().arrive()
    ada.settings("Connections").get_by_role("button", name="Add Connection").click()
    ada.dialog.get_by_role("combobox", name="URL").fill(near.url + "/v1")
    ada.dialog.get_by_role("textbox", name="API Key").fill("own-key")
    ada.press("Save")
    expect(ada.page.get_by_role("textbox", name="API Key")).to_have_count(1)
    ada.press("Save")
    ada.page.get_by_text("Settings saved successfully!").first.wait_for()
    ada.open().arrive().pick("near-model")
    ada.say("are you near")
    ada.hears("You said: are you near")
    ada.is_done()
    ada.again().hears("You said: are you near")
    asked = [one for one in near.requests if one["path"].endswith("/chat/completions")]
    assert {one["headers"]["Authorization"] for one in asked} == {"Bearer own-key"}
    assert not [chat for chat in provider.chats() if "are you near" in str(chat["messages"])]


def test_a_model_is_drawn_by_lot(meet, switched):
    ada = meet("ada", role="admin").open("/admin/settings/evaluations")
    switched("/api/v1/evaluations/config")
    ada.dialog.get_by_role("switch").first.click()
    ada.dialog.get_by_text("Using the default arena model").wait_for()
    ada.press("Save")
    ada.page.get_by_text("Settings saved successfully").first.wait_for()
    ada.open().arrive().pick("arena-model")
    ada.say("who are you")
    ada.hears("You said: who are you")
    ada.is_done()
    ada.again().hears("You said: who are you")
    expect(ada.page.get_by_text("Arena Model").last).to_be_visible()


def test_a_key_for_programs_opens_the_door(meet, switched, town):
    switched("/api/v1/auths/admin/config", ENABLE_API_KEYS=True)
    ada = meet("ada", role="admin").open().arrive()
    with ada.expecting("404 GET /api/v1/auths/api_key", "console: .*/api/v1/auths/api_key"):
        settings = ada.settings("Account")
        settings.get_by_text("Show", exact=True).last.click()
        settings.get_by_role("button", name="Create new secret key").click()
        ada.page.get_by_text("API Key created.").wait_for()
    key = ada.person.get("/api/v1/auths/api_key").json()["api_key"]
    answer = requests.get(town.url + "/api/models", headers={"Authorization": f"Bearer {key}"}, timeout=20)
    assert "gpt-test" in [one["id"] for one in answer.json()["data"]]


def test_what_people_may_do_by_default_is_set(meet, switched):
    switched("/api/v1/users/default/permissions")
    ada, ann = meet("ada", role="admin"), meet("ann")
    ann.open().arrive()
    workspace = ann.page.locator("#sidebar a[href^='/workspace']")
    expect(workspace).to_have_count(0)
    ada.open("/admin/users/groups").page.get_by_text("Default permissions").first.click()
    ada.dialog.get_by_role("switch", name="Models Access").click()
    ada.press("Save")
    ada.page.get_by_text("Default permissions updated successfully").first.wait_for()
    assert ann.person.get("/api/v1/users/permissions").json()["workspace"]["models"] is True
    ann.again()
    workspace.first.wait_for()
