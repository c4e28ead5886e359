"""Matching: pairs of customers who are probably one person, found by likeness, for staff to look through.

疑似重复。Start with `api.py`; how likely a pair is, is in `likelihood.py`. Nothing is merged here.
"""
