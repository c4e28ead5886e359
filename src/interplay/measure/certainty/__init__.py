"""How sure we are of a number: intervals of shares. 把握程度。

Start with `api.py`.
"""
