"""Benchmarks: what docs/performance.md claims, measured.

Run one from the root of the checkout, as in ``python -m benchmarks.throughput``; ``--help`` lists its
options. Each compares programs within one run and writes a dated JSON file into ``results/``.
"""
