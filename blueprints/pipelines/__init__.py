"""Pipelines: what an administrator manages on servers of that kind."""

from blueprints.pipelines.routes import area

__all__ = ["area"]
