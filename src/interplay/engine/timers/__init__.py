"""Timers: something to do at an instant, kept in the database, done once.

定时器。Start with `api.py`.
"""
