"""What users want remembered."""

from blueprints.memories.routes import area

__all__ = ["area"]
