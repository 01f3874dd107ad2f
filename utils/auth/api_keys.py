"""API keys of accounts (http.md section 6)."""

import secrets

from models.users import ApiKey


def generate() -> str:
    """A fresh key: `sk-` and 32 hexadecimal digits."""
    return "sk-" + secrets.token_hex(16)


def of(user_id: str) -> str | None:
    """The account's key, or None."""
    row = ApiKey.get_or_none(ApiKey.user_id == user_id)
    return row.key if row else None
