"""Fixtures of the browser journeys: the real, unmodified frontend in headless Chromium on a live server.

Each journey fails on any failed request, error in the console or uncaught exception of the page that it
did not announce with `expecting`: the announced ones are those that the real server causes as well.
"""

import contextlib
import os
import pathlib
import re
import shutil

import conftest as house
import pytest
from fakes import PASSWORD

FRONTEND = pathlib.Path(os.environ.get("FRONTEND_BUILD_DIR") or house.ROOT / "data" / "frontend")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 60_000  # ms

ALWAYS = ("GET /api/v1/channels/", "console: .*/api/v1/channels/")
"""What the real server causes in any journey: the page asks for channels although they are off (41)."""


def _needed(there, what):
    if there:
        return
    if house.REQUIRED:
        raise RuntimeError(f"{what} is required here")
    pytest.skip(f"{what} is not here")


@pytest.fixture(scope="session")
def browser():
    _needed(CHROMIUM, "Chromium")
    _needed((FRONTEND / "index.html").exists(), "the built frontend (`flask frontend`)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def twins(tmp_path_factory):
    """Compressed files of the frontend, kept from one server to the next as a real data folder keeps them."""
    return tmp_path_factory.mktemp("twins")


@pytest.fixture
def site(browser, backend, tmp_path_factory, provider_server, provider, twins):
    """A fresh server with the frontend and nobody on it."""
    place = house.Backend(backend.kind, tmp_path_factory.mktemp("site"))
    place.environ = {**backend.environ, **place.environ, "FRONTEND_BUILD_DIR": str(FRONTEND)}
    (place.folder / "frontend-encoded").symlink_to(twins)
    server = house.Live(place)
    yield server
    server.stop()
    place.close()


class Visitor:
    """Somebody in front of a browser of his own; `problems` is what went wrong in it."""

    def __init__(self, browser, site):
        self.site, self.problems, self._expected = site, [], list(ALWAYS)
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("response", self._answered)
        self.page.on("requestfailed", self._failed)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(f"exception: {error}"))

    def _answered(self, response):
        if response.status >= 400:
            self._note(f"{response.status} {response.request.method} {response.url.removeprefix(self.site.url)}")

    def _said(self, message):
        if message.type == "error":
            self._note(f"console: {message.text} {message.location.get('url', '')}")

    def _failed(self, request):
        # what the page itself gives up, by navigating or by aborting, is no failure
        if "ERR_ABORTED" not in (request.failure or ""):
            self._note(f"failed: {request.method} {request.url} {request.failure}")

    def _note(self, line):
        if not any(re.search(pattern, line) for pattern in self._expected):
            self.problems.append(line)

    @contextlib.contextmanager
    def expecting(self, *patterns):
        """Problems that match one of `patterns` are meant to come up in here."""
        self._expected += patterns
        yield
        self.page.wait_for_timeout(200)
        del self._expected[-len(patterns) :]

    def open(self, path="/"):
        self.page.goto(self.site.url + path)
        return self

    def fill(self, **values):
        for name, value in values.items():
            self.page.fill(f"input#{name}", value)
        self.page.click("button[type=submit]")

    def sign_up_first(self, name="Ada"):
        """Creates the administrator on a fresh server, and closes the release notes."""
        self.open()
        self.page.get_by_role("button", name="Get started").click()
        self.fill(name=name, email=f"{name.lower()}@example.com", password=PASSWORD)
        return self.arrive()

    def sign_in(self, name="Ada", password=PASSWORD):
        self.open("/auth")
        self.fill(email=f"{name.lower()}@example.com", password=password)
        return self

    def arrive(self):
        """Waits until the chat is ready to be typed in."""
        self.page.wait_for_selector("#chat-input")
        self.page.wait_for_selector("#model-selector-model-button")
        notes = self.page.get_by_role("button", name="Close", exact=True)
        with contextlib.suppress(Exception):
            notes.first.click(timeout=3000)
        return self

    def sign_out(self):
        self.page.locator(
            "[aria-label='User menu']:visible, [aria-label='Open User Profile Menu']:visible"
        ).first.click()
        self.page.get_by_text("Sign Out").click()
        self.page.wait_for_selector("input#email")

    def say(self, text):
        self.page.click("#chat-input")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def pick(self, model):
        self.page.click("#model-selector-model-button")
        self.page.click(f"[role=option][data-value='{model}']")
        self.page.keyboard.press("Escape")

    @property
    def replies(self):
        return self.page.locator(".chat-assistant")

    def hears(self, text, nth=-1):
        """Waits until the reply holds `text`."""
        where = self.replies.last if nth == -1 else self.replies.nth(nth)
        where.filter(has_text=text).wait_for()

    def is_done(self):
        """Waits until no reply is under way."""
        self.page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
        self.page.get_by_role("button", name="Regenerate").last.wait_for()

    def close(self):
        self.context.close()


@pytest.fixture
def visit(browser, site):
    """`visit()`: a new visitor. At the end of the journey none may have met a problem."""
    visitors = []

    def arrive():
        visitors.append(Visitor(browser, site))
        return visitors[-1]

    yield arrive
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.close()
    assert not problems, "\n".join(problems)
