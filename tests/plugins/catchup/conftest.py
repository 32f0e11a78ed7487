"""What the tests of catching up share."""

from tests.plugins.telling import atelier, bed, telling

__all__ = ["atelier", "bed", "telling"]
