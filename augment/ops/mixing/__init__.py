"""Ops that mix two pictures and their labels."""
