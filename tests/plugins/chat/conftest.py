"""What the tests of chat share."""

from tests.plugins.meaning import meaning

__all__ = ["meaning"]
