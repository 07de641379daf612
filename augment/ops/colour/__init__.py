"""Ops on colours, noise, blur and quality."""
