"""Ops on brightness, contrast and levels."""
