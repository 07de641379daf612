"""Ops that move, rotate and deform the picture."""
