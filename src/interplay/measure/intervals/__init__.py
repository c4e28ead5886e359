"""Intervals: how long from one fact to another. 间隔。

Start with `contracts.py`.
"""
