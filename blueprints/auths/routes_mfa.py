"""The second factor: enrolment, challenges, recovery (http.md section 8, `public:challenge`)."""

from urllib.parse import urlsplit

from flask import g, jsonify, request

from blueprints.auths import forms, shapes
from blueprints.auths.area import area
from blueprints.auths.entering import answer
from models.users import User
from utils.access.roles import account_session, public
from utils.auth import mfa, tokens
from utils.cluster import limits
from utils.http.errors import ApiError, forbidden, unauthorised
from utils.http.parse import takes
from utils.realtime import sessions
from utils.settings import keys

_TRIES, _WINDOW = 100, 900


def _check_address():
    """Raises 429 for an address that tried a hundred times within fifteen minutes."""
    if not limits.allow(f"mfa:ip:{limits.private(request.remote_addr or '')}", _TRIES, _WINDOW):
        raise ApiError(429, "Too many attempts. Wait a while and try again.")


@area.get("/mfa/status")
@account_session
def mfa_status():
    return mfa.status(g.user.id)


@area.post("/mfa/challenge")
@public
def challenge():
    """A challenge that a sign-in with a provider left in a cookie. No such sign-in exists here yet, so
    no cookie of ours can be good."""
    if not _is_own_origin(request.headers.get("Origin", "")):
        raise forbidden("This must be asked from the server's own pages.")
    raise unauthorised("This step of signing in has expired. Start again.")


def _is_own_origin(origin):
    own = {request.host, urlsplit(keys.WEBUI_URL.get() or "").netloc} - {""}
    return urlsplit(origin).netloc in own


@area.post("/mfa/enroll/start")
@public
@takes(body=forms.ChallengeForm)
def start_enrolment(body):
    _check_address()
    return mfa.enrol(body["challenge_token"])


@area.post("/mfa/enroll/confirm")
@public
@takes(body=forms.VerifyForm)
def confirm_enrolment(body):
    _check_address()
    outcome = mfa.confirm(body["challenge_token"], body["code"])
    sessions.send_away(outcome.user_id)
    codes = {"recovery_codes": outcome.recovery_codes}
    return _entered(outcome, codes) if outcome.signs_in else codes


@area.post("/mfa/verify")
@public
@takes(body=forms.VerifyForm)
def verify(body):
    _check_address()
    return _entered(mfa.verify(body["challenge_token"], body["code"], body["recovery"]), {})


@area.post("/mfa/recover")
@public
@takes(body=forms.RecoverForm)
def recover(body):
    _check_address()
    return mfa.recover(body["challenge_token"], body["reset_token"])


@area.post("/mfa/replace")
@account_session
@takes(body=forms.FactorForm)
def replace(body):
    _check_address()
    return mfa.replace(g.user.id, body["code"], body["recovery"], g.user.claims.get("auth_method", "password"))


@area.post("/mfa/recovery/codes")
@account_session
@takes(body=forms.FactorForm)
def renew_recovery_codes(body):
    _check_address()
    codes = mfa.renew_recovery_codes(g.user.id, body["code"], body["recovery"])
    sessions.send_away(g.user.id)
    return jsonify({"recovery_codes": codes})


def _entered(outcome, extra):
    user = User.get_by_id(outcome.user_id)
    issued = tokens.issue(user.id, outcome.session_stamp, auth_method=outcome.auth_method, mfa_verified=True)
    return answer({**shapes.signed_in(user, issued), **extra}, issued)
