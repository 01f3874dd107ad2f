"""The second factor (http.md section 8, data.md section 2, auth)."""

import time

import pytest

from utils.auth import totp

MFA = "/api/v1/auths/mfa"
PASSWORD = "correct-horse-1"


@pytest.fixture
def required(admin):
    """Second factors are asked for."""
    config = admin.get("/api/v1/auths/admin/config").json
    answer = admin.post("/api/v1/auths/admin/config", {**config, "ENABLE_MFA": True, "ENABLE_API_KEYS": True})
    assert answer.json["sessions_revoked"] is True


def sign_in(anonymous, name="ann"):
    return anonymous.post("/api/v1/auths/signin", {"email": f"{name}@example.com", "password": PASSWORD}).json


def enrol(anonymous, name="ann"):
    """Signs in for the first time; the key and the answer of the last step."""
    token = sign_in(anonymous, name)["challenge_token"]
    key = anonymous.post(f"{MFA}/enroll/start", {"challenge_token": token}).json["manual_key"]
    code = totp.code_at(key, int(time.time()) // 30)
    return key, anonymous.post(f"{MFA}/enroll/confirm", {"challenge_token": token, "code": code}).json


def bearer(answer):
    return {"Authorization": f"Bearer {answer['token']}"}


def test_switching_on_ends_sessions_and_leaves_api_keys(admin, anonymous):
    config = {**admin.get("/api/v1/auths/admin/config").json, "ENABLE_API_KEYS": True}
    admin.post("/api/v1/auths/admin/config", config)
    key = admin.post("/api/v1/auths/api_key").json["api_key"]
    admin.post("/api/v1/auths/admin/config", {**config, "ENABLE_MFA": True})
    assert admin.get("/api/v1/auths/").status_code == 401
    assert anonymous.get("/api/v1/users/permissions", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_enrolment_gives_a_session_and_recovery_codes(login, required, anonymous):
    login("ann")
    first = sign_in(anonymous)
    assert first == {"next_step": "enroll", "challenge_token": first["challenge_token"], "expires_in": 300}
    key, entered = enrol(anonymous)
    assert len(entered["recovery_codes"]) == 10
    status = anonymous.get(f"{MFA}/status", headers=bearer(entered)).json
    assert status == {"enabled": True, "required": True, "recovery_codes_remaining": 10}
    assert sign_in(anonymous)["next_step"] == "verify"


def test_picture_is_an_svg_and_the_key_stays_the_same(login, required, anonymous):
    login("ann")
    token = sign_in(anonymous)["challenge_token"]
    first, second = (anonymous.post(f"{MFA}/enroll/start", {"challenge_token": token}).json for _ in range(2))
    assert first["qr_code"].startswith("data:image/svg+xml;base64,")
    assert first["manual_key"] == second["manual_key"]


def test_a_code_counts_once(login, required, anonymous):
    login("ann")
    key, _ = enrol(anonymous)
    step = int(time.time()) // 30
    token = sign_in(anonymous)["challenge_token"]
    used = {"challenge_token": token, "code": totp.code_at(key, step)}
    assert anonymous.post(f"{MFA}/verify", used).status_code == 401
    fresh = {"challenge_token": token, "code": totp.code_at(key, step + 1)}
    assert anonymous.post(f"{MFA}/verify", fresh).status_code == 200
    assert anonymous.post(f"{MFA}/verify", fresh).status_code == 401


def test_a_recovery_code_counts_once(login, required, anonymous):
    login("ann")
    _, entered = enrol(anonymous)
    code = {"code": entered["recovery_codes"][0], "recovery": True}
    for status in (200, 401):
        token = sign_in(anonymous)["challenge_token"]
        assert anonymous.post(f"{MFA}/verify", {"challenge_token": token, **code}).status_code == status
    assert anonymous.get(f"{MFA}/status", headers=bearer(entered)).json["recovery_codes_remaining"] == 9


def test_a_newer_sign_in_ends_the_older_challenge(login, required, anonymous):
    login("ann")
    older = sign_in(anonymous)["challenge_token"]
    sign_in(anonymous)
    assert anonymous.post(f"{MFA}/enroll/start", {"challenge_token": older}).status_code == 401


def test_five_wrong_codes_end_a_challenge_and_ten_the_quarter_of_an_hour(login, required, anonymous):
    login("ann")
    _, entered = enrol(anonymous)
    codes = []
    for _ in range(2):
        wrong = {"challenge_token": sign_in(anonymous)["challenge_token"], "code": "000000x"}
        codes += [anonymous.post(f"{MFA}/verify", wrong).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429] + [401] * 4 + [429] * 2
    right = {"challenge_token": sign_in(anonymous)["challenge_token"], "code": entered["recovery_codes"][0]}
    assert anonymous.post(f"{MFA}/verify", {**right, "recovery": True}).status_code == 429


def test_fresh_recovery_codes_end_every_session(login, required, anonymous):
    login("ann")
    _, entered = enrol(anonymous)
    body = {"code": entered["recovery_codes"][0], "recovery": True}
    assert anonymous.post(f"{MFA}/recovery/codes", {"code": "1"}, headers=bearer(entered)).status_code == 401
    answer = anonymous.post(f"{MFA}/recovery/codes", body, headers=bearer(entered))
    assert len(answer.json["recovery_codes"]) == 10
    assert anonymous.get(f"{MFA}/status", headers=bearer(entered)).status_code == 401


def test_replacing_the_authenticator(login, required, anonymous):
    login("ann")
    old, entered = enrol(anonymous)
    body = {"code": entered["recovery_codes"][0], "recovery": True}
    token = anonymous.post(f"{MFA}/replace", body, headers=bearer(entered)).json["challenge_token"]
    key = anonymous.post(f"{MFA}/enroll/start", {"challenge_token": token}).json["manual_key"]
    assert key != old
    code = totp.code_at(key, int(time.time()) // 30)
    answer = anonymous.post(f"{MFA}/enroll/confirm", {"challenge_token": token, "code": code})
    assert list(answer.json) == ["recovery_codes"]


def test_an_operator_s_ticket_leads_to_a_new_enrolment(login, required, anonymous, backend):
    from utils.auth import mfa_state

    ann = login("ann")
    enrol(anonymous)
    stored = mfa_state.changed(
        {"reset_required": True, "reset_ticket": {"token_hash": mfa_state.digest("t" * 43), "expires_at": 2**40}}
    )
    backend.execute("UPDATE auth SET mfa = ? WHERE id = ?", _json(stored), ann.id)
    first = sign_in(anonymous)
    assert first["next_step"] == "recover"
    ticket = {"challenge_token": first["challenge_token"], "reset_token": "z" * 43}
    assert anonymous.post(f"{MFA}/recover", ticket).status_code == 401
    answer = anonymous.post(f"{MFA}/recover", {**ticket, "reset_token": "t" * 43}).json
    assert answer["next_step"] == "enroll"
    assert anonymous.post(f"{MFA}/enroll/start", {"challenge_token": answer["challenge_token"]}).status_code == 200


def _json(value):
    from models import json_codec

    return json_codec.dumps(value)


def test_pending_accounts_wait(login, required, anonymous):
    login("pia", role="pending")
    assert sign_in(anonymous, "pia") == {"next_step": "pending"}


def test_switched_off_nothing_is_managed(login):
    assert login("ann").post(f"{MFA}/replace", {"code": "1"}).status_code == 403


def test_the_other_server_s_secret_opens(app):
    from utils.auth import sealing

    assert sealing.open_authenticator(sealing.seal_authenticator("KEY")) == "KEY"
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    from utils.auth import secret

    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"open-webui/mfa-encryption/v1")
    import base64

    assert sealing.derived(b"open-webui/mfa-encryption/v1") == base64.urlsafe_b64encode(
        kdf.derive(secret.current().encode())
    )
