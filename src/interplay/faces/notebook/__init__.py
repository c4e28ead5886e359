"""Interplay in a notebook or a script: `interplay.open(DIR)`.

笔记本与脚本。Start with `api.py`.
"""
