"""The area itself."""

from utils.http.area import Area

area = Area("ollama", __name__)
