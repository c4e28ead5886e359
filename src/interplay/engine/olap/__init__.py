"""The columnar copy: a DuckDB file, loaded from the log exactly once, rebuildable at any time.

分析仓库。Start with `warehouse.py`.
"""
