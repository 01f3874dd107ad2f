"""Where an API key may be used: the switch, the permission, the allowed addresses (http.md section 6)."""

from flask import request

from utils.access.permissions import allows
from utils.auth.identity import Account
from utils.http.errors import forbidden
from utils.settings import keys
from utils.settings.setting import read


def check_use(account: Account) -> None:
    """Raises 403 where keys are off, the account may have none, or the address is not open to keys."""
    enabled, restricted, allowed = read(
        keys.ENABLE_API_KEYS, keys.ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS, keys.API_KEYS_ALLOWED_ENDPOINTS
    )
    if not enabled or not allows(account, "features.api_keys"):
        raise forbidden("API keys cannot be used on this server, or not by this account.")
    if restricted and not _within(request.path, allowed):
        raise forbidden("API keys are not allowed to use this address.")


def _within(path: str, allowed: str) -> bool:
    entries = [entry.strip().rstrip("/") for entry in allowed.split(",") if entry.strip()]
    return any(path == entry or path.startswith(entry + "/") for entry in entries)
