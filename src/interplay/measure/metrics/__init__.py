"""Metrics: named numbers with a formula over facts, a unit and a definition. 指标。

Start with `contracts.py`; the standard ones are documents in `standard/`.
"""
