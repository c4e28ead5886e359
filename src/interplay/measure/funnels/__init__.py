"""Funnels: how many come how far, on a way of several steps. 漏斗。

Start with `contracts.py` for what can be asked, `api.py` for how it is answered, `kernel.py` for what an attempt is.
"""
