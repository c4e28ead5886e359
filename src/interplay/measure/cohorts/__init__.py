"""Cohorts: who comes back, how often, and who is new, returning, back again or gone. 留存。

Start with `contracts.py` for what can be asked, `api.py` for how it is answered, `kernel.py` for what coming back is.
"""
