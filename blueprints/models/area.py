"""The area itself."""

from utils.http.area import Area

area = Area("models", __name__)
