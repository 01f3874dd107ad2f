"""Password hashes: argon2id written (OWASP's 19 MiB profile), bcrypt and argon2 verified.

Hashing runs in the thread pool, at most two at a time, so that it neither stops other requests nor
fills the memory. The other server verifies what is written here, and the other way round (data.md).
"""

import re
import threading
from collections.abc import Callable
from typing import Any

from models.large import is_cooperative
from utils.http.errors import bad_request
from utils.settings import environment

_TIME, _MEMORY, _LANES = 2, 19456, 1
_BCRYPT_ROUNDS, _BCRYPT_LIMIT = 12, 72
_slots = threading.BoundedSemaphore(2)


def hashed(password: str) -> str:
    """The hash of `password` to store."""
    return _aside(_hash, password, environment.current().password_hash)


def verify(password: str, stored: str | None) -> bool:
    """Whether `password` is the one whose hash is `stored`. An account that does not exist (None)
    costs the same time as a wrong password."""
    if stored is None:
        _aside(_verify, password, _decoy())
        return False
    return _aside(_verify, password, stored)


def check_strength(password: str) -> str | None:
    """What is wrong with a new password, as a sentence, or None."""
    settings = environment.current()
    if not settings.password_validation or re.match(settings.password_pattern, password):
        return None
    return settings.password_hint or "This password does not fulfil the rules of this server."


def check_new(password: str) -> None:
    """Raises 400 for a password that may not be set: empty, against the server's rules, or longer
    than the 72 bytes that bcrypt reads (it would be cut, and the other server refuses it)."""
    if not password:
        raise bad_request("The password must not be empty.")
    if len(password.encode()) > _BCRYPT_LIMIT:
        raise bad_request(f"The password is longer than {_BCRYPT_LIMIT} bytes.")
    if fault := check_strength(password):
        raise bad_request(fault)


def _aside(call: Callable[..., Any], *args: Any) -> Any:
    with _slots:
        if not is_cooperative():
            return call(*args)
        import gevent  # noqa: PLC0415 - only under gevent

        return gevent.get_hub().threadpool.apply(call, args)


def _hash(password: str, algorithm: str) -> str:
    if algorithm == "bcrypt":
        import bcrypt  # noqa: PLC0415 - only for hashes of that kind

        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_ROUNDS)).decode()
    return _argon2().hash(password)


def _verify(password: str, stored: str) -> bool:
    if stored.startswith("$argon2"):
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - with _argon2

        try:
            return _argon2().verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
    if not stored.startswith("$2"):
        return False
    import bcrypt  # noqa: PLC0415 - only for hashes of that kind

    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_LIMIT], stored.encode())
    except ValueError:
        return False


def _argon2() -> Any:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only processes that see a password need it

    return PasswordHasher(time_cost=_TIME, memory_cost=_MEMORY, parallelism=_LANES)


_decoys: list[str] = []


def _decoy() -> str:
    if not _decoys:
        _decoys.append(hashed("nobody has this password"))
    return _decoys[0]
