"""Policies: which of several ops happen to a picture, in which order and how strongly."""
