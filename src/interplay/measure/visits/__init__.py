"""Visits: what somebody did online without a long pause. 访问（会话）。

Start with `contracts.py`.
"""
