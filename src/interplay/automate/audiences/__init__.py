"""Audiences: who is in a segment now, as a file for another system, once or on schedule.

人群包。Start with `api.py`; the file itself is made in `rows.py`.
"""
