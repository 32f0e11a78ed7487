"""What the tests of summaries share."""

from tests.plugins.meaning import meaning

__all__ = ["meaning"]
