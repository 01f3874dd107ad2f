"""What the frontend asks about the server itself."""

from blueprints.pages import routes_documents
from blueprints.pages.routes import area

__all__ = ["area", "routes_documents"]
