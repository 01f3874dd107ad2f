"""On whose behalf, and for what, a provider is called: what custom headers may speak of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, request

from utils.auth.person import Person


@dataclass(slots=True)
class Context:
    """What a call to a provider is about (providers.md section 3). Unknown things stay empty.

    `token` is the caller's own session token or API key, for connections with auth_type "session";
    `cookies` are the caller's, for connections with `forward_cookies`. `render` fills the template
    variables of a workspace model's system prompt; without it `prompts.rendered` does, for `user`.
    """

    user: Person
    chat_id: str = ""
    message_id: str = ""
    user_message_id: str = ""
    user_message_parent_id: str = ""
    task: str = ""
    file_id: str = ""
    file_name: str = ""
    file_content_type: str = ""
    user_agent: str = ""
    auth_type: str = ""
    token: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)
    oauth_token: str = ""
    render: Callable[[str], str] | None = None

    @classmethod
    def of_caller(cls, **values: Any) -> "Context":
        """For the caller of the current request; `values` are further fields."""
        return cls(user=g.user, **credentials(), **values)


def credentials() -> dict[str, Any]:
    """What a `Context` holds of the current request itself, for work that outlives it."""
    return {
        "user_agent": request.headers.get("User-Agent", ""),
        "auth_type": g.user.kind,
        "token": g.user.token,
        "cookies": dict(request.cookies),
    }
