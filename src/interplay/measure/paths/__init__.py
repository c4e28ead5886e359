"""Paths: what follows what, stretch by stretch. 路径。

Start with `contracts.py`.
"""
