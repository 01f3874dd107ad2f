"""Folders, links for others, and chats as files (journeys 16, 19 and 50)."""

import json

import pytest
from fakes import PASSWORD
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

REFUSED = (r"401 GET /api/v1/chats/(share/)?[-\w]+$", r"console: .*status of 401.*/api/v1/chats/")


def folders(visitor):
    """Unfolds the folders in the sidebar, which are folded when the page is loaded."""
    visitor.sidebar.get_by_role("button", name="Folders", exact=True).click()
    return visitor


def folder(visitor, name):
    return visitor.sidebar.get_by_role("button", name=name, exact=True)


def test_a_folder_takes_a_chat_and_speaks_to_its_model(meet, provider):
    ann = meet()
    ann.wrote("Apples")
    ann.wrote("Stones")
    ann.open().arrive()
    ann.sidebar.get_by_role("button", name="New Folder").click()
    ann.dialog.get_by_placeholder("Enter folder name").fill("Orchard")
    ann.dialog.get_by_placeholder("Write your model system prompt").fill("You are a gardener.")
    ann.press("Save")
    folder(ann, "Orchard").wait_for()
    ann.choose("Apples", "Move")
    ann.item("Orchard").click()
    expect(ann.entry("Apples")).to_have_count(0)
    folder(folders(ann.again()), "Orchard").click()
    inside = ann.page.get_by_role("main")
    inside.get_by_text("Apples").wait_for()
    expect(inside.get_by_text("Stones")).to_have_count(0)
    ann.say("what grows here")
    ann.hears("You said: what grows here")
    asked = [chat["messages"] for chat in provider.chats() if chat["messages"][-1]["content"] == "what grows here"]
    assert asked[0][0] == {"role": "system", "content": "You are a gardener."}


def test_a_chat_is_dragged_into_a_folder(meet):
    ann = meet()
    ann.wrote("Apples")
    ann.wrote("Pears")
    ann.person.post("/api/v1/folders/", {"name": "Orchard"})
    folders(ann.open().arrive())
    with ann.page.expect_response(lambda answer: answer.url.endswith("/folder")):
        ann.entry("Apples").drag_to(folder(ann, "Orchard"))
    ann.again().entry("Pears").wait_for()
    expect(ann.entry("Apples")).to_have_count(0)
    folder(ann, "Orchard").click()
    ann.page.get_by_role("main").get_by_text("Apples").wait_for()


def test_shared_chats_are_looked_through_and_all_taken_back(meet):
    ann, bob = meet("ann"), meet("bob")
    grants = [{"principal_type": "user", "principal_id": bob.person.id, "permission": "read"}]
    links = {}
    for title in ("Apples", "Pears"):
        chat_id = ann.wrote(title, "which are red", "nearly all of them")
        links[title] = ann.person.post(f"/api/v1/chats/{chat_id}/share").json()["share_id"]
        ann.person.post(f"/api/v1/chats/shared/{chat_id}/access/update", {"access_grants": grants})
    bob.open(f"/s/{links['Pears']}").hears("nearly all of them")
    ann.open().arrive().settings("Data Controls").get_by_role("button").filter(has_text="Manage").first.click()
    for title in links:
        ann.dialog.get_by_text(title).wait_for()
    ann.press("Unshare All Shared Chats")
    ann.press("Unshare All")
    expect(ann.dialog.get_by_text("Apples")).to_have_count(0)
    with bob.expecting(*REFUSED):
        for link in links.values():
            bob.open(f"/s/{link}").page.wait_for_url(bob.site.url + "/")
            bob.arrive()


@pytest.mark.parametrize("contents", ("kept", "deleted"))
def test_a_folder_is_deleted(meet, contents):
    ann = meet()
    made = ann.person.post("/api/v1/folders/", {"name": "Orchard"}).json()["id"]
    ann.wrote("Apples", folder_id=made)
    folders(ann.open().arrive())
    folder(ann, "Orchard").hover()
    ann.sidebar.get_by_role("button", name="Folder options").click()
    ann.page.get_by_role("menu").get_by_role("button", name="Delete").click()
    ann.dialog.get_by_role("checkbox").set_checked(contents == "deleted")
    ann.press("Confirm")
    expect(folder(ann, "Orchard")).to_have_count(0)
    ann.again()
    ann.sidebar.get_by_role("button", name="Chats", exact=True).wait_for()
    expect(ann.entry("Apples")).to_have_count(int(contents == "kept"))
    expect(folder(folders(ann), "Orchard")).to_have_count(0)


def test_a_shared_link_opens_for_those_who_were_meant(meet):
    ann, bob, cyd, nobody = meet("ann"), meet("bob"), meet("cyd"), meet(None)
    apples = ann.wrote("Apples", "which apples are red", "nearly all of them")
    ann.open(f"/c/{apples}").arrive().choose("Apples", "Share")
    ann.press("Add Access")
    ann.dialog.get_by_placeholder("Search").fill(bob.person.user["name"])
    expect(ann.dialog.get_by_role("checkbox")).to_have_count(1)
    ann.dialog.get_by_role("checkbox").check(force=True)
    ann.press("Add")
    ann.dialog.get_by_role("button", name=bob.person.user["name"]).wait_for()
    link = ann.dialog.get_by_role("link", name="shared this chat before").get_attribute("href")

    bob.open(link).hears("nearly all of them")
    bob.page.get_by_role("button", name="Clone Chat").click()
    bob.page.wait_for_url("**/c/*")
    bob.again().hears("nearly all of them")

    with cyd.expecting(*REFUSED):
        cyd.open(link).page.wait_for_url(cyd.site.url + "/")
        cyd.arrive()
    with nobody.expecting(*REFUSED):
        nobody.open(link).page.wait_for_url("**/auth?redirect=*")
    nobody.fill(email=bob.person.user["email"], password=PASSWORD)
    nobody.hears("nearly all of them")

    ann.again().choose("Apples", "Share")
    ann.dialog.get_by_role("button", name=bob.person.user["name"]).wait_for()
    ann.press("delete this link")
    expect(ann.dialog.get_by_role("link", name="shared this chat before")).to_have_count(0)
    with bob.expecting(*REFUSED):
        bob.open(link).page.wait_for_url(bob.site.url + "/")
        bob.arrive()


def test_all_chats_go_into_a_file_and_come_out_of_it(meet):
    ann, bob = meet("ann"), meet("bob")
    ann.wrote("Apples", "which apples are red", "nearly all of them", pinned=True)
    ann.wrote("Pears", "which pears are red", "hardly any", meta={"tags": ["fruit"]})
    ann.open().arrive().settings("Data Controls")
    with ann.page.expect_download() as loading:
        ann.press("Export Chats")
    file = loading.value.path()
    assert [chat["title"] for chat in json.loads(file.read_text())] == ["Pears", "Apples"]

    take(bob.open().arrive(), file.read_bytes())
    bob.again().sidebar.get_by_role("button", name="Pinned", exact=True).wait_for()
    expect(bob.page.locator("[data-sidebar-chat-id]")).to_contain_text(["Apples", "Pears"])
    bob.entry("Pears").click()
    bob.hears("hardly any")
    bob.page.get_by_role("button", name="Chat actions").click()
    bob.page.get_by_role("menu").get_by_text("fruit").wait_for()


def test_one_chat_goes_into_a_file(meet):
    ann = meet()
    ann.wrote("Apples", "which apples are red", "nearly all of them")
    ann.open().arrive().choose("Apples", "Download")
    with ann.page.expect_download() as loading:
        ann.item("Export chat (.json)").click()
    (chat,) = json.loads(loading.value.path().read_text())
    assert [m["content"] for m in chat["chat"]["history"]["messages"].values()] == [
        "which apples are red",
        "nearly all of them",
    ]


def test_chats_of_another_service_come_in(meet):
    ann = meet()

    def turn(number, role, text, *after):
        said = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        said |= {"create_time": 1700000000.5 + number, "metadata": {"model_slug": "gpt-4o"}}
        return {"id": f"m{number}", "message": said, "parent": f"m{number - 1}", "children": list(after)}

    mapping = {
        "m0": {"id": "m0", "message": None, "parent": None, "children": ["m1"]},
        "m1": turn(1, "user", "which apples are red", "m2"),
        "m2": turn(2, "assistant", "nearly all of them"),
    }
    told = {"id": "x", "title": "Apples", "create_time": 1700000000.5, "update_time": 1700000009.5, "mapping": mapping}
    take(ann.open().arrive(), json.dumps([told]).encode())
    ann.again().entry("Apples").click()
    ann.hears("nearly all of them")
    ann.page.locator(".chat-user").filter(has_text="which apples are red").wait_for()
    ann.sidebar.get_by_role("heading", name="2023").wait_for()


def take(visitor, data):
    """Imports a file of chats, and closes the settings."""
    visitor.settings("Data Controls")
    with visitor.page.expect_file_chooser() as choosing:
        visitor.press("Import Chats")
    with visitor.page.expect_response(lambda answer: answer.url.endswith("/chats/import")):
        choosing.value.set_files({"name": "chats.json", "mimeType": "application/json", "buffer": data})
    visitor.page.keyboard.press("Escape")
