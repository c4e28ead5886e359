"""How long something takes, where some are still at it. 生存分析。

Start with `api.py`.
"""
