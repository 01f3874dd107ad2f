"""Accounts and sessions."""

from blueprints.auths import routes_account, routes_admin, routes_mfa, routes_session
from blueprints.auths.area import area

__all__ = ["area", "routes_account", "routes_admin", "routes_mfa", "routes_session"]
