"""The area that the route files of chats share."""

from utils.http.area import Area

area = Area("chats", __name__, "/api/v1/chats")
