"""One search over chats, channel messages and notes."""

from flask import g

from blueprints.search import forms
from utils.access.roles import verified
from utils.chat.search_all import Search
from utils.http.area import Area
from utils.http.parse import takes

area = Area("search", __name__, "/api/v1/search")


@area.get("")
@verified
@takes(query=forms.SearchQuery)
def search(query):
    return Search(g.user, query).run()
