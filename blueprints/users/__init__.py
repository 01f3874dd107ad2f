"""Accounts as others see and administer them, and what a user keeps about himself."""

from blueprints.users import routes_list, routes_one, routes_self
from blueprints.users.area import area

__all__ = ["area", "routes_list", "routes_one", "routes_self"]
