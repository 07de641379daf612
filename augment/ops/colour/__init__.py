"""Ops on colour, noise, blur and image quality."""
