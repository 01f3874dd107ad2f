"""Session tokens, valid on both servers: claims and lifetime (http.md section 6, data.md traps 6)."""

import functools
import re
import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt

from utils.auth import secret
from utils.settings import keys

ALGORITHM = "HS256"
_LONG = re.compile(r"-1|0|(-?\d+(\.\d+)?)(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)(ms|[smhdw])")


@dataclass(frozen=True)
class Issued:
    """A fresh token, and when it ends (s since the epoch; None: never)."""

    token: str
    expires_at: int | None


def seconds(duration: str) -> int | None:
    """ "4w", "1h30m" in seconds; None for "-1" and "0", which mean for ever. Raises `ValueError`."""
    if duration in ("-1", "0"):
        return None
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError("use a duration like 30m, 12h, 4w, or -1 for no end")
    return int(sum(float(number) * _UNITS[unit] for number, unit in parts))


def is_duration(text: str) -> bool:
    """Whether an administrator may set `text` as the lifetime of sessions: one number with one unit."""
    return bool(_LONG.fullmatch(text))


def issue(
    user_id: str, session_stamp: str | None, *, auth_method: str | None = None, mfa_verified: bool = False
) -> Issued:
    """A session token. `auth_method` is left out, with its companions, for an account that an
    administrator adds (it was nobody's sign-in)."""
    life = seconds(keys.JWT_EXPIRES_IN.get())
    moment = int(time.time())
    claims: dict[str, Any] = {"id": user_id, "typ": "session", "session_stamp": session_stamp}
    if auth_method is not None:
        claims |= {"auth_method": auth_method, "auth_time": moment, "mfa_verified": mfa_verified}
    claims |= {"jti": str(uuid.uuid4()), "iat": moment}
    if life is not None:
        claims["exp"] = moment + life
    return Issued(jwt.encode(claims, secret.current(), ALGORITHM), claims.get("exp"))


@functools.lru_cache(maxsize=1024)
def _genuine(token: str, key: str) -> dict[str, Any]:
    """The claims of a token that `key` has signed, remembered: whether it still counts is asked each time.
    Raises `jwt.InvalidTokenError`, which is not remembered."""
    return jwt.decode(
        token,
        key,
        [ALGORITHM],
        options={"verify_aud": False, "verify_iat": False, "verify_sub": False, "verify_jti": False},
    )


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a genuine, unexpired session token, or None. They are shared: to be read only."""
    try:
        claims = _genuine(token, secret.current())
    except jwt.InvalidTokenError:
        return None
    end = claims.get("exp")
    if end is not None and end <= time.time():
        return None
    if claims.get("typ", "session") != "session" or not isinstance(claims.get("id"), str):
        return None
    return claims
