"""Keeping order among one's chats (journeys 12 to 18)."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GONE = (r"401 GET /api/v1/chats/[-\w]+$", r"console: .*status of 401.*/api/v1/chats/[-\w]+$")
"""The page asks once more for the chat that it shows, also when that has just been deleted or archived (15)."""


def test_a_chat_gets_another_name(meet):
    ann = meet()
    ann.wrote("Apples")
    ann.wrote("Pears")
    ann.open().arrive().choose("Apples", "Rename")
    field = ann.sidebar.locator("[data-sidebar-chat-id] input, input[id^='chat-title']")
    field.fill("Quinces")
    field.press("Enter")
    ann.entry("Quinces").wait_for()
    ann.again().entry("Quinces").click()
    ann.page.get_by_role("heading", name="Quinces").wait_for()
    expect(ann.page).to_have_title("Quinces / Open WebUI")
    expect(ann.entry("Apples")).to_have_count(0)
    expect(ann.entry("Pears")).to_have_count(1)


def test_a_pinned_chat_stands_above_the_others(meet):
    ann = meet()
    ann.wrote("Apples")
    ann.wrote("Pears")
    ann.open().arrive()
    entries = ann.page.locator("[data-sidebar-chat-id]")
    expect(entries).to_contain_text(["Pears", "Apples"])
    ann.choose("Apples", "Pin")
    pinned = ann.sidebar.get_by_role("button", name="Pinned", exact=True)
    pinned.wait_for()
    ann.again()
    pinned.wait_for()
    expect(entries).to_contain_text(["Apples", "Pears"])
    ann.choose("Apples", "Unpin")
    expect(pinned).to_have_count(0)
    ann.again()
    expect(entries).to_have_count(2)
    expect(pinned).to_have_count(0)


def test_an_archived_chat_is_away_until_it_is_brought_back(meet):
    ann = meet()
    apples = ann.wrote("Apples")
    ann.wrote("Pears")
    ann.open(f"/c/{apples}").arrive().choose("Apples", "Archive")
    expect(ann.entry("Apples")).to_have_count(0)
    ann.open().arrive().entry("Pears").wait_for()
    expect(ann.entry("Apples")).to_have_count(0)
    row = ann.settings("Archived Chats").get_by_role("row").filter(has_text="Apples")
    row.get_by_role("button", name="Unarchive Chat").click()
    expect(row).to_have_count(0)
    ann.open(f"/c/{apples}").arrive().entry("Apples").wait_for()
    ann.page.get_by_text("an answer").wait_for()


def test_a_deleted_chat_is_gone_after_a_question(meet):
    ann = meet()
    apples = ann.wrote("Apples")
    ann.wrote("Pears")
    ann.open(f"/c/{apples}").arrive().choose("Apples", "Delete")
    ann.press("Cancel")
    expect(ann.entry("Apples")).to_have_count(1)
    with ann.expecting(*GONE):
        ann.choose("Apples", "Delete")
        ann.press("Confirm")
        expect(ann.entry("Apples")).to_have_count(0)
        ann.open(f"/c/{apples}").page.wait_for_url(ann.site.url + "/")
        ann.entry("Pears").wait_for()
    expect(ann.entry("Apples")).to_have_count(0)


def test_tags_stay_with_their_chat(meet):
    ann = meet()
    apples = ann.wrote("Apples", meta={"tags": ["fruit"]})
    ann.open(f"/c/{apples}").arrive()
    tags = ann.page.get_by_role("menu")

    def look():
        ann.page.get_by_role("button", name="Chat actions").click()
        tags.get_by_text("fruit").wait_for()

    look()
    box = tags.get_by_placeholder("Add a tag...")
    box.fill("Red ones")
    box.press("Enter")
    tags.get_by_text("red ones").wait_for()
    ann.again()
    look()
    tags.get_by_text("red ones").click()
    expect(tags.get_by_text("red ones")).to_have_count(0)
    ann.again()
    look()
    expect(tags.get_by_text("red ones")).to_have_count(0)


def test_a_chat_is_found_by_a_word_of_its_messages(meet):
    ann = meet()
    apples = ann.wrote("Fruit", "which apples are red", "nearly all of them")
    ann.wrote("More fruit", "which pears are red", "hardly any")
    ann.open().arrive()
    ann.sidebar.get_by_role("button", name="Search").click()
    field = ann.page.get_by_role("combobox", name="Search your workspace")
    field.fill("nearly all")
    found = ann.dialog.get_by_role("listbox", name="Results").get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("nearly all of them")
    field.fill("which")
    expect(found).to_have_count(2)
    field.fill("bananas")
    ann.dialog.get_by_text("No matches found").wait_for()
    field.fill("which apples")
    expect(found).to_have_count(1)
    field.press("Enter")
    ann.page.wait_for_url(f"{ann.site.url}/c/{apples}**")
    ann.hears("nearly all of them")


def test_chats_are_found_by_tag_and_pin(meet):
    ann = meet()
    ann.wrote("Apples", "which are red", meta={"tags": ["fruit"]})
    ann.wrote("Pears", "which are green", meta={"tags": ["fruit"]}, pinned=True)
    ann.wrote("Stones", "which are red")
    ann.open().arrive()
    ann.page.get_by_role("main").get_by_role("button", name="More").click()
    ann.item("Reference Chats").click()
    menu = ann.page.get_by_role("menu")
    field = menu.get_by_placeholder("Search Chats")

    def finds(words, *titles):
        field.fill(words)
        expect(menu.get_by_role("button")).to_have_text(list(titles))

    finds("red", "Stones", "Apples")
    finds("tag:fruit", "Pears", "Apples")
    finds("tag:fruit red", "Apples")
    finds("pinned:true", "Pears")
    finds("tag:none", "Stones")


def test_all_archived_chats_go_into_a_file_and_come_back(meet):
    ann = meet()
    for title in ("Apples", "Pears"):
        ann.wrote(title, archived=True)
    ann.wrote("Plums")
    ann.open().arrive().settings("Archived Chats")
    actions = ann.page.get_by_role("menu")
    expect(ann.dialog.get_by_role("row").filter(has_text="Apples")).to_have_count(1)
    ann.press("Actions")
    with ann.page.expect_download() as loading:
        actions.get_by_role("button", name="Export").click()
    assert [chat["title"] for chat in json.loads(loading.value.path().read_text())] == ["Pears", "Apples"]
    ann.again().settings("Archived Chats")
    expect(ann.dialog.get_by_role("row").filter(has_text="Apples")).to_have_count(1)
    ann.press("Actions")
    actions.get_by_role("button", name="Unarchive All").click()
    ann.press("Unarchive All")
    expect(ann.dialog.get_by_role("row").filter(has_text="Apples")).to_have_count(0)
    ann.again()
    expect(ann.page.locator("[data-sidebar-chat-id]")).to_contain_text(["Plums", "Pears", "Apples"])
