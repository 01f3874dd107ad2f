"""The area itself."""

from utils.http.area import Area

area = Area("openai", __name__)
