"""Ops on brightness and levels."""
