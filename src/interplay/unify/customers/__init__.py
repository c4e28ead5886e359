"""Customers: who is meant by an identifier, and the tags and notes that staff give them.

顾客。Start with `api.py`.
"""
