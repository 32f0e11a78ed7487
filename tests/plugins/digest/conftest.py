"""What the tests of digests share."""

from tests.plugins.telling import atelier, bed, telling

__all__ = ["atelier", "bed", "telling"]
