"""Prepared sets: written, resumed, opened, cached, listed, verified and removed."""
