"""An administrator opens every page there is (journeys 41 and 46): no request of it fails, none gets a page
in place of an answer, and nothing goes wrong in the page itself."""

import time

import pytest

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/workspace/models",
    "/workspace/knowledge",
    "/workspace/prompts",
    "/workspace/skills",
    "/workspace/tools",
    "/admin/users/overview",
    "/admin/users/groups",
    "/admin/evaluations",
    "/admin/functions",
    "/admin/analytics",
    "/notes",
    "/calendar",
    "/automations",
    "/playground",
)
SETTINGS = (
    "general",
    "authentication",
    "interface",
    "connections",
    "models",
    "subagents",
    "integrations",
    "documents",
    "audio",
    "images",
    "web",
    "code-execution",
    "evaluations",
)
"""Those with a button that saves them."""
OTHER_SETTINGS = ("apps", "pipelines", "analytics", "db")
QUIET = 0.4  # s


class Traffic:
    """What a visitor's page has asked for and not got yet, the socket left out."""

    def __init__(self, visitor):
        self.visitor, self.open, self.answered, self.last = visitor, set(), [], 0.0
        visitor.page.on("request", self._asked)
        visitor.page.on("response", self._got)
        visitor.page.on("requestfailed", self._ended)

    def _asked(self, request):
        if "/ws/" not in request.url:
            self.open.add(request)
            self.last = time.monotonic()

    def _ended(self, request):
        self.open.discard(request)
        self.last = time.monotonic()

    def _got(self, response):
        # a page that does not read an answer to its end never reports it as finished
        self._ended(response.request)
        path = response.url.removeprefix(self.visitor.site.url)
        if "/api/" in path:
            self.answered.append((response.request.method, path, response.headers.get("content-type", "")))

    def settle(self, seconds=30):
        """Waits until nothing has been asked for or answered for a moment."""
        end = time.monotonic() + seconds
        while self.open or time.monotonic() - self.last < QUIET:
            assert time.monotonic() < end, [request.url for request in self.open]
            self.visitor.page.wait_for_timeout(100)

    def pages_for_answers(self):
        return [entry[:2] for entry in self.answered if "text/html" in entry[2]]


def visited(visitor, path, traffic):
    """Opens a page and waits for all that it asks."""
    traffic.open.clear()
    visitor.open(path)
    traffic.settle()


def test_every_page_gets_its_answers(visit):
    ada = visit().sign_up_first()
    traffic = Traffic(ada)
    for path in PAGES:
        visited(ada, path, traffic)
        assert ada.page.locator("#sidebar, nav").count(), f"{path} stayed empty"
    assert any(path.startswith("/api/v1/analytics/") for _, path, _ in traffic.answered)
    assert not traffic.pages_for_answers()


def test_every_page_of_the_settings_gets_its_answers(visit):
    ada = visit().sign_up_first()
    traffic = Traffic(ada)
    for page in SETTINGS:
        visited(ada, f"/admin/settings/{page}", traffic)
        ada.page.get_by_role("button", name="Save", exact=True).first.wait_for()
    for page in OTHER_SETTINGS:
        visited(ada, f"/admin/settings/{page}", traffic)
    assert any(path.startswith("/api/v1/pipelines/list") for _, path, _ in traffic.answered)
    assert not traffic.pages_for_answers()
