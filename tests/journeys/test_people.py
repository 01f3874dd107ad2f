"""Accounts and groups, kept by an administrator (journeys 42 to 44, 55)."""

import pytest
from fakes import PASSWORD
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def find(admin, name):
    """The row of this person on the page of all accounts."""
    admin.open("/admin/users/overview").page.get_by_placeholder("Search").first.fill(name)
    return admin.page.get_by_role("row").filter(has_text=name)


def test_an_added_person_is_let_in_and_may_become_more(meet, town):
    ada, eve = meet("ada", role="admin"), meet(None)
    ada.open("/admin/users/overview").page.get_by_role("button", name="Add User").click()
    ada.dialog.get_by_label("Name", exact=True).fill("Eve")
    ada.dialog.get_by_placeholder("Enter Your Email").fill("eve@example.com")
    ada.dialog.get_by_role("textbox", name="Enter Your Password").fill(PASSWORD)
    ada.dialog.get_by_role("combobox").select_option("pending")
    ada.press("Save")
    row = find(ada, "eve@example.com")
    expect(row).to_contain_text("pending")

    eve.sign_in("Eve").page.get_by_text("Account Activation Pending").wait_for()
    expect(eve.page.locator("#chat-input")).to_have_count(0)

    row.get_by_role("button", name="Edit User").click()
    ada.dialog.get_by_role("combobox").first.select_option("user")
    ada.press("Save")
    expect(row).to_contain_text("user")
    eve.page.get_by_role("button", name="Check Again").click()
    eve.arrive()


def test_accounts_come_from_a_table(meet):
    ada = meet("ada", role="admin").open("/admin/users/overview")
    lines = [f"{name},{name.lower()}@example.org,{PASSWORD},user" for name in ("Ines", "Jan")]
    ada.page.get_by_role("button", name="Add User").click()
    ada.press("CSV Import")
    table = "\n".join(["Name,Email,Password,Role", *lines]).encode()
    with ada.page.expect_file_chooser() as choosing:
        ada.dialog.get_by_role("button", name="Click here to select a csv file.").click()
    choosing.value.set_files({"name": "people.csv", "mimeType": "text/csv", "buffer": table})
    ada.press("Save")
    ada.page.get_by_text("Successfully imported 2 users.").wait_for()
    for name in ("ines", "jan"):
        expect(find(ada, f"{name}@example.org")).to_contain_text("user")


def test_a_group_has_permissions_and_members(meet):
    ada, ann = meet("ada", role="admin"), meet("ann")
    ada.open("/admin/users/groups").page.get_by_role("button", name="New Group").click()
    ada.dialog.get_by_placeholder("Group Name").fill("Gardeners")
    ada.press("Permissions")
    ada.dialog.get_by_role("switch", name="Models Access").click()
    ada.press("Save")
    ada.page.get_by_text("Gardeners").first.wait_for()
    (group,) = [one for one in ada.person.get("/api/v1/groups/").json() if one["name"] == "Gardeners"]
    assert group["permissions"]["workspace"]["models"] is True
    ada.page.reload()
    ada.page.get_by_text("Gardeners").first.click()
    ada.press("Users")
    ada.dialog.get_by_placeholder("Search").fill(ann.person.user["name"])
    with ada.page.expect_response(lambda answer: answer.url.endswith("/users/add")) as adding:
        ada.dialog.get_by_role("checkbox", name=ann.person.user["name"], exact=True).click()
    assert adding.value.ok
    ann.open().arrive().sidebar.get_by_role("link", name="Workspace").wait_for()


def test_a_changed_password_opens_the_door_and_the_old_does_not(meet):
    ann, again = meet(), meet(None)
    settings = ann.open().arrive().settings("Account")
    settings.get_by_role("button", name="Change Password").click()
    settings.get_by_role("textbox", name="Enter your current password").fill(PASSWORD)
    settings.get_by_role("textbox", name="Enter your new password").fill("another-horse-2")
    settings.get_by_role("textbox", name="Confirm your new password").fill("another-horse-2")
    settings.get_by_role("button", name="Update password").click()
    ann.page.wait_for_url("**/auth*")
    name = ann.person.user["name"]
    with again.expecting("400 POST /api/v1/auths/signin", "console: "):
        again.sign_in(name).page.get_by_text("password is wrong").first.wait_for()
    again.sign_in(name, "another-horse-2").arrive()
