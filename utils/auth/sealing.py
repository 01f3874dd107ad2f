"""Secrets that are stored encrypted so that both servers read them: Fernet, with a key derived from the
server's secret for one purpose (data.md section 2, auth and app)."""

import base64
import functools
import hashlib
import hmac
from typing import Any

from utils.auth import secret
from utils.settings import environment

_MFA = b"open-webui/mfa-encryption/v1"


def derived(purpose: bytes) -> bytes:
    """A Fernet key: HKDF-SHA256 of the server's secret, without salt, 32 bytes, for `purpose`."""
    extracted = hmac.new(b"\0" * 32, secret.current().encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(hmac.new(extracted, purpose + b"\x01", hashlib.sha256).digest())


def seal_authenticator(key: str) -> str:
    """An authenticator's key as it is stored."""
    return _fernet(_mfa_key()).encrypt(key.encode()).decode()


def open_authenticator(sealed: str | None) -> str | None:
    """The key again; None where there is none, or it was sealed with another secret."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 6 MB that servers without MFA do not need

    if not sealed:
        return None
    try:
        return _fernet(_mfa_key()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _mfa_key() -> bytes:
    given = environment.current().mfa_encryption_key
    return given.encode() if given else derived(_MFA)


@functools.lru_cache(maxsize=8)
def _fernet(key: bytes) -> Any:
    from cryptography.fernet import Fernet  # noqa: PLC0415 - as above

    return Fernet(key)
