"""Accounts and sessions."""

from blueprints.auths.routes_session import area

__all__ = ["area"]
