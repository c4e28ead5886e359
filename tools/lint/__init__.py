"""Lint rules of our own: each file holds one rule, and `tests/house/` holds a good and a bad example of it.

自己的代码规则。Start with `findings.py`; `slice_privacy.py` is a contract for import-linter.
"""
