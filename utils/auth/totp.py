"""Time-based codes (RFC 6238: SHA-1, six digits, thirty seconds), recovery codes, the QR picture."""

import base64
import hashlib
import hmac
import io
import secrets
import struct
import time
from urllib.parse import quote, urlencode

_STEP = 30
_RECOVERY_CODES = 10


def new_key() -> str:
    """A fresh authenticator key, 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(key: str, step: int) -> str:
    """The code of a step of time."""
    mac = hmac.new(base64.b32decode(key), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def matching_step(key: str, code: str, last_step: int) -> int | None:
    """The step whose code this is: now, one before or one after, and later than `last_step`, so that
    no code counts twice."""
    present = int(time.time()) // _STEP
    fitting = [
        step
        for step in (present - 1, present, present + 1)
        if secrets.compare_digest(code_at(key, step).encode(), code.encode()) and step > last_step
    ]
    return fitting[-1] if fitting else None


def new_recovery_codes() -> list[str]:
    """Ten codes, each for one use."""
    return [secrets.token_hex(16) for _ in range(_RECOVERY_CODES)]


def normalised(code: str) -> str:
    """A code as it was typed, without blanks and hyphens."""
    return code.replace(" ", "").replace("-", "").lower()


def picture(key: str, email: str, issuer: str) -> str:
    """The QR code that an authenticator scans, as a data URI of an SVG."""
    import segno  # noqa: PLC0415 - only enrolments need it

    label = quote(f"{issuer}:{email}")
    address = f"otpauth://totp/{label}?{urlencode({'secret': key, 'issuer': issuer})}"
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", scale=4, border=4, light="#ffffff")
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
