"""What the tests of the archives share with those of the command line."""

from __future__ import annotations

from tests.cli.conftest import cli, shared_home

__all__ = ["cli", "shared_home"]
