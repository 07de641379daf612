"""Policies: ops that choose which other ops are applied to a picture, in which order and how strongly."""
