"""Comparing groups of runs: whether one recipe helped more than another, for whom, and by how much.

All of it is computed from the predictions, tables and configurations in the folders of the runs, with
NumPy and SciPy; importing this package imports no Keras.
"""

from __future__ import annotations
