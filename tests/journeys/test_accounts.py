"""Signing up, in and out (journeys 01 to 03, 52)."""

import pytest

pytestmark = pytest.mark.browser


def test_first_visitor_becomes_administrator(visit):
    ada = visit().sign_up_first()
    assert ada.page.url.rstrip("/") == ada.site.url
    ada.page.locator("[aria-label='User menu']:visible, [aria-label='Open User Profile Menu']:visible").first.click()
    ada.page.get_by_text("Admin Panel").wait_for()


def test_wrong_password_shows_a_message_and_no_session(visit):
    ada = visit().sign_up_first()
    ada.sign_out()
    with ada.expecting("400 POST /api/v1/auths/signin", "status of 400", "console: "):
        ada.sign_in(password="not the password")
        ada.page.get_by_text("password is wrong").first.wait_for()
    assert ada.page.locator("#chat-input").count() == 0


def test_sign_out_and_in_again(visit):
    ada = visit().sign_up_first()
    ada.sign_out()
    ada.open("/")
    ada.page.wait_for_selector("input#email")
    ada.sign_in().arrive()
    ada.open("/").arrive()
