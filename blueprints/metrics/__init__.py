"""Metrics for Prometheus; an area of our own, there only with `METRICS_TOKEN`."""

from blueprints.metrics.routes import area

__all__ = ["area"]
