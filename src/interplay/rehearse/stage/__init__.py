"""Where what is rehearsed is played: a data directory on a virtual clock. 排练台。

`api.py` makes one.
"""
