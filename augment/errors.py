"""Errors that a user can cause.

The message of each is one sentence: where, what was given, and what is allowed or would help. A page
shows it, the command line prints it and exits with 2; neither shows a traceback.
"""

from __future__ import annotations


class AugmentError(Exception):
    """Base of every error that a user can cause."""


class RecipeError(AugmentError):
    """A recipe, or a plan made from one, is not valid."""


class DataError(AugmentError):
    """A data source, a picture or a prepared set cannot be used."""


class ArrayError(DataError, ValueError):
    """An array, a seed, an epoch or another argument of the engine is not as it must be."""


class NotPrepared(DataError):
    """The data source is known, but has not been prepared at this size."""


class ConfigError(AugmentError):
    """A training configuration is not valid."""


class RunError(AugmentError):
    """A run does not exist, or its folder cannot be read."""
