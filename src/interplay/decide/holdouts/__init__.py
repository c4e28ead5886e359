"""Holdouts: a part of the customers is not offered something, so that what it brings can be known. 留出组。

Start with `api.py`.
"""
