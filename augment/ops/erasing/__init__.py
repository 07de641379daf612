"""Ops that blank parts of a picture."""
