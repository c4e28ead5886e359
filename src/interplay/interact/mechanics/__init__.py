"""Mechanics: one small file for each kind of play, all of them on top of acts. 互动玩法。

`contracts.py` says what a mechanic is, `api.py` which there are. A new one is a file, a test, and a line in `api.py`.
"""
