"""The area itself."""

from utils.http.area import Area

area = Area("configs", __name__, "/api/v1/configs")
