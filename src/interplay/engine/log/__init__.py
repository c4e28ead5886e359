"""The log: every fact, once, in the order in which it was stored; everything else is a fold over it.

事实日志。Start with `append.py` and `read.py`; what follows from facts is a reaction, in `reactions.py`.
"""
