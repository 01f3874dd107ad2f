"""The area itself."""

from utils.http.area import Area

area = Area("users", __name__, "/api/v1/users")
