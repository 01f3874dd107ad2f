"""The area itself."""

from utils.http.area import Area

area = Area("evaluations", __name__, "/api/v1/evaluations")
