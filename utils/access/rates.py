"""How many requests a minute one account or one address may make; off unless configured.

Counted in Redis where there is one. Answers say what is left in the `RateLimit-*` headers; beyond it
is 429 with `Retry-After`. Files of the frontend are not counted.
"""

from flask import Flask, Response, g, request

from config import Settings
from utils.cluster import clock, limits
from utils.http.errors import ApiError

_COUNTED = ("/api/", "/ollama/", "/openai/", "/oauth/")


def register(app: Flask, settings: Settings) -> None:
    """Installs the hooks that are configured: by address before anything is read of the request, by
    account once it is known. To be called before the hooks of `utils.http.lifecycle` are installed."""
    if settings.requests_per_minute_address:
        app.before_request(lambda: _count("address", request.remote_addr or "", settings.requests_per_minute_address))
    if settings.requests_per_minute_address or settings.requests_per_minute:
        app.after_request(_tell)


def register_account(app: Flask, settings: Settings) -> None:
    """The hook by account; to be called after those of `utils.http.lifecycle` are installed."""
    if settings.requests_per_minute:
        app.before_request(lambda: _count("user", g.user.id, settings.requests_per_minute) if g.get("user") else None)


def _count(kind: str, who: str, limit: int) -> None:
    if not request.path.startswith(_COUNTED):
        return
    used = limits.used(f"requests:{kind}:{limits.private(who) if kind == 'address' else who}")
    left = {"limit": limit, "remaining": max(limit - used, 0), "reset": 60 - int(clock.now()) % 60}
    if "rate" not in g or left["remaining"] < g.rate["remaining"]:
        g.rate = left
    if used > limit:
        raise ApiError(429, "Too many requests; try again in a moment.", {"Retry-After": str(left["reset"])})


def _tell(response: Response) -> Response:
    for name, value in g.get("rate", {}).items():
        response.headers[f"RateLimit-{name.title()}"] = str(value)
    return response
