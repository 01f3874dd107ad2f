"""The session cookie and its companions (http.md section 7)."""

import functools
import time

from flask import Response, request
from werkzeug.http import http_date

from utils.auth.tokens import Issued
from utils.settings import environment

_COMPANIONS = ("token", "owui-session", "oui-session", "oauth_id_token")


def set_session(response: Response, issued: Issued, *, with_date: bool = False) -> None:
    """Puts the token into its cookie, for as long as it lives."""
    settings = environment.current()
    left = None if issued.expires_at is None else max(issued.expires_at - int(time.time()), 0)
    response.set_cookie(
        "token",
        issued.token,
        max_age=left,
        expires=_date(issued.expires_at) if with_date and issued.expires_at is not None else None,
        httponly=True,
        samesite=settings.cookie_same_site,
        secure=settings.cookie_secure,
    )


@functools.lru_cache(maxsize=256)
def _date(moment: int) -> str:
    return http_date(moment)


def clear(response: Response) -> None:
    """Deletes everything that a sign-in may have set."""
    names = (*_COMPANIONS, "oauth_session_id") if "oauth_session_id" in request.cookies else _COMPANIONS
    for name in names:
        response.delete_cookie(name, samesite=environment.current().cookie_same_site)
