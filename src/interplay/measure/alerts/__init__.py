"""Alerts: a metric that is not where it should be, and what explains it. 预警。

Start with `contracts.py`.
"""
