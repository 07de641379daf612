"""Ops that move, turn and bend."""
