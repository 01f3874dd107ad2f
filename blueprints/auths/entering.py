"""What every way of signing in ends with: a session and its cookie, or the next step."""

from typing import Any

from flask import Response, jsonify

from blueprints.auths import shapes
from models.users import User
from utils.auth import cookies, mfa, tokens
from utils.auth.tokens import Issued


def enter(user: User, session_stamp: str | None, auth_method: str) -> Response:
    """A session for somebody who proved who he is; where second factors are asked for, the next step
    towards one: `pending` for an account that is not open yet, else a challenge."""
    if mfa.required() and not mfa.bypassed(auth_method):
        return jsonify({"next_step": "pending"} if user.role == "pending" else mfa.begin(user.id, auth_method))
    issued = tokens.issue(user.id, session_stamp, auth_method=auth_method)
    return answer(shapes.signed_in(user, issued), issued)


def answer(body: dict[str, Any], issued: Issued) -> Response:
    """`body` with the session's cookie."""
    response = jsonify(body)
    cookies.set_session(response, issued)
    return response
