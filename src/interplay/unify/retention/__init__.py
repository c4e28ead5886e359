"""How long facts are kept, and the purge of those that are older.

保留期限与清除。Start with `rules.py`; the decision is docs/decisions/0013-retention.md.
"""
