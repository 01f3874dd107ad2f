"""What the auths area gives out."""

from typing import Any

from models.users import User
from utils.access import permissions
from utils.auth import pictures
from utils.auth.tokens import Issued


def signed_in(user: User, issued: Issued) -> dict[str, Any]:
    """The answer to a sign-in or sign-up."""
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "email": user.email,
        "profile_image_url": f"/api/v1/users/{user.id}/profile/image",
        "token": issued.token,
        "token_type": "Bearer",
        "expires_at": issued.expires_at,
        "permissions": permissions.of(user.id),
    }


def profile(user: User) -> dict[str, Any]:
    """An account as its own profile page gets it back."""
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "email": user.email,
        "profile_image_url": pictures.shown(user.id, user.profile_image_url),
    }


def added(user: User, issued: Issued) -> dict[str, Any]:
    """An account that an administrator added, with a session for it."""
    return {
        **profile(user),
        "profile_image_url": f"/api/v1/users/{user.id}/profile/image",
        "token": issued.token,
        "token_type": "Bearer",
    }
