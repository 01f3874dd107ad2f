"""Signing in with a second factor (http.md 6, data.md section 2, auth): enrolment, challenges, recovery
codes, and an operator's reset. All state is in `auth.mfa`; each step is one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from models.base import new_id, now
from models.database import write
from models.users import Auth, User
from utils.auth import mfa_state, sealing, totp
from utils.auth.mfa_state import LOGIN, MANAGE, State
from utils.http.errors import ApiError, forbidden, unauthorised
from utils.settings import environment, keys

T = TypeVar("T")

_EXPIRED = "This step of signing in has expired. Start again."
_WRONG = "This code is wrong, or was used already."
_SLOW = "Too many attempts. Wait a while and try again."


@dataclass(frozen=True)
class Outcome:
    """What a passed step gives: the session stamp to issue a token with, and fresh recovery codes."""

    user_id: str
    session_stamp: str | None
    auth_method: str
    recovery_codes: list[str] | None = None
    signs_in: bool = True


def required(stored: str | None = None) -> bool:
    """Whether accounts must prove a second factor. `stored` is the switch where it was read already,
    as JSON text."""
    if stored is not None and keys.ENABLE_MFA.persistent:
        return stored == "true"
    return bool(keys.ENABLE_MFA.get())


def bypassed(auth_method: str | None) -> bool:
    """Whether sessions that were opened this way need no second factor."""
    if auth_method == "trusted_header":
        return bool(keys.MFA_ALLOW_TRUSTED_HEADER_BYPASS.get())
    return auth_method == "oauth" and bool(keys.MFA_ALLOW_OAUTH_BYPASS.get())


def status(user_id: str) -> dict[str, Any]:
    """Whether the account has an authenticator, whether it must, and its unused recovery codes."""
    state = Auth.get_by_id(user_id).mfa or {}
    return {
        "enabled": bool(state.get("secret")),
        "required": required(),
        "recovery_codes_remaining": len(state.get("recovery_hashes") or ()),
    }


def begin(user_id: str, auth_method: str) -> dict[str, Any]:
    """The challenge after a good password. Raises 429 after ten within fifteen minutes."""
    with write():
        auth = _locked(user_id)
        limits = mfa_state.counted(auth.mfa, "password")
        if limits is None:
            raise ApiError(429, _SLOW)
        state: State = auth.mfa or {}
        kind = "recover" if state.get("reset_required") else "verify" if state.get("secret") else "enroll"
        token, challenge = mfa_state.challenge(user_id, kind, auth.session_stamp, auth_method)
        _store(auth, **{LOGIN: challenge}, limits=limits)
    return _told(kind, token)


def enrol(token: str) -> dict[str, str]:
    """The key to enter into an authenticator, also as a picture; the same one when asked again.
    Raises 401 for a challenge that is not open."""
    with write():
        auth, name = _of_token(token, "enroll", "replace")
        challenge = auth.mfa[name]
        key = sealing.open_authenticator(challenge["secret"])
        if key is None:
            key = totp.new_key()
            _store(auth, **{name: {**challenge, "secret": sealing.seal_authenticator(key)}})
    email = User.get_by_id(auth.id).email
    return {"manual_key": key, "qr_code": totp.picture(key, email, environment.current().webui_name)}


def confirm(token: str, code: str) -> Outcome:
    """Makes the key of an enrolment the account's, if its first code is right: fresh recovery codes,
    and every earlier session ends. Raises 401 and 429."""

    def pass_(auth: Auth, name: str) -> Outcome | None:
        challenge = auth.mfa[name]
        key = sealing.open_authenticator(challenge["secret"])
        step = None if key is None else totp.matching_step(key, totp.normalised(code), -1)
        if step is None:
            return None
        codes = totp.new_recovery_codes()
        stamp = new_id()
        state = mfa_state.without_challenges(auth.mfa)
        state |= {
            "secret": challenge["secret"],
            "last_step": step,
            "recovery_hashes": [mfa_state.digest(one) for one in codes],
            "reset_required": False,
        }
        Auth.change(auth.id, {"mfa": state, "session_stamp": stamp})
        return Outcome(auth.id, stamp, challenge["auth_method"], codes, signs_in=name == LOGIN)

    return _attempt(token, ("enroll", "replace"), pass_)


def verify(token: str, code: str, recovery: bool) -> Outcome:
    """Passes the challenge of a sign-in. Raises 401 and 429."""

    def pass_(auth: Auth, name: str) -> Outcome | None:
        used = _use_factor(auth.mfa, code, recovery)
        if used is None:
            return None
        method = auth.mfa[name]["auth_method"]
        _store(auth, **used, **{name: None})
        return Outcome(auth.id, auth.session_stamp, method)

    return _attempt(token, ("verify",), pass_)


def recover(token: str, ticket: str) -> dict[str, Any]:
    """Trades an operator's reset ticket for a new enrolment. Raises 401 and 429."""

    def pass_(auth: Auth, name: str) -> dict[str, Any] | None:
        stored = auth.mfa.get("reset_ticket")
        if not stored or stored["expires_at"] <= now() or stored["token_hash"] != mfa_state.digest(ticket):
            return None
        fresh, challenge = mfa_state.challenge(auth.id, "enroll", auth.session_stamp, auth.mfa[name]["auth_method"])
        _store(auth, **{name: challenge}, secret=None, last_step=-1, recovery_hashes=[], reset_ticket=None)
        return _told("enroll", fresh)

    return _attempt(token, ("recover",), pass_)


def replace(user_id: str, code: str, recovery: bool, auth_method: str) -> dict[str, Any]:
    """The challenge under which a signed-in account enrols another authenticator. Raises 401, 403, 429."""

    def pass_(auth: Auth, used: State) -> dict[str, Any]:
        token, challenge = mfa_state.challenge(user_id, "replace", auth.session_stamp, auth_method)
        _store(auth, **used, **{MANAGE: challenge})
        return _told("enroll", token)

    return _manage(user_id, code, recovery, pass_)


def renew_recovery_codes(user_id: str, code: str, recovery: bool) -> list[str]:
    """Fresh recovery codes in place of the former; every session ends. Raises 401, 403, 429."""

    def pass_(auth: Auth, used: State) -> list[str]:
        codes = totp.new_recovery_codes()
        state = mfa_state.without_challenges({**(auth.mfa or {}), **used})
        state["recovery_hashes"] = [mfa_state.digest(one) for one in codes]
        Auth.change(auth.id, {"mfa": state, "session_stamp": new_id()})
        return codes

    return _manage(user_id, code, recovery, pass_)


def _manage(user_id: str, code: str, recovery: bool, pass_: Callable[[Auth, State], T]) -> T:
    """One try of a signed-in account to prove its factor; a failed one is counted too."""
    if not required():
        raise forbidden("Second factors are switched off on this server.")
    with write():
        auth = _counting(_locked(user_id))
        used = _use_factor(auth.mfa, code, recovery)
        if used is None:
            _store(auth)
        else:
            outcome = pass_(auth, used)
    if used is None:
        raise unauthorised(_WRONG)
    return outcome


def _attempt(token: str, kinds: tuple[str, ...], pass_: Callable[[Auth, str], T | None]) -> T:
    """One try to pass the challenge of `token`; a failed one is counted too."""
    with write():
        auth, name = _of_token(token, *kinds)
        challenge = auth.mfa[name]
        if challenge["attempts"] >= mfa_state.TRIES_A_CHALLENGE:
            raise ApiError(429, _SLOW)
        auth = _counting(auth)
        outcome = pass_(auth, name)
        if outcome is None:
            _store(auth, **{name: {**challenge, "attempts": challenge["attempts"] + 1}})
    if outcome is None:
        raise unauthorised(_WRONG)
    return outcome


def _counting(auth: Auth) -> Auth:
    limits = mfa_state.counted(auth.mfa, "factor")
    if limits is None:
        raise ApiError(429, _SLOW)
    auth.mfa = {**(auth.mfa or {}), "limits": limits}  # type: ignore[assignment]
    return auth


def _use_factor(state: State, code: str, recovery: bool) -> State | None:
    """What changes in `state` when `code` is a right one; None for a wrong one."""
    text = totp.normalised(code)
    if recovery:
        hashes = list(state.get("recovery_hashes") or ())
        if mfa_state.digest(text) not in hashes:
            return None
        hashes.remove(mfa_state.digest(text))
        return {"recovery_hashes": hashes}
    key = sealing.open_authenticator(state.get("secret"))
    step = None if key is None else totp.matching_step(key, text, state.get("last_step", -1))
    return None if step is None else {"last_step": step}


def _of_token(token: str, *kinds: str) -> tuple[Auth, str]:
    auth = Auth.locked(token.partition(".")[0])
    name = mfa_state.open_challenge(auth.mfa, token, auth.session_stamp) if auth and auth.active else None
    if auth is None or name is None or auth.mfa[name]["type"] not in kinds:
        raise unauthorised(_EXPIRED)
    return auth, name


def _locked(user_id: str) -> Auth:
    auth = Auth.locked(user_id)
    if auth is None:
        raise unauthorised(_EXPIRED)
    return auth


def _store(auth: Auth, **values: Any) -> None:
    Auth.change(auth.id, {"mfa": mfa_state.changed(auth.mfa, **values)})


def _told(kind: str, token: str) -> dict[str, Any]:
    return {"next_step": kind, "challenge_token": token, "expires_in": mfa_state.LIFE}
