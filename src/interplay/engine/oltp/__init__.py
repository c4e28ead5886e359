"""State that must be exact: one SQLite database, one writer that commits many commands at once.

联机事务存储。Start with `contracts.py` (what a command is), then `writer.py`.
"""
