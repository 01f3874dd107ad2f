"""The blueprint of the files area."""

from utils.http.area import Area

area = Area("files", __name__, "/api/v1/files")
