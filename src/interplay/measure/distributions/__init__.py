"""Distributions: how many customers did something how often, on how many days, or to which amount. 分布。

Start with `contracts.py`.
"""
