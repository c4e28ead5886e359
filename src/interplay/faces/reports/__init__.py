"""Reports: one page to print, of a campaign or of a period. 报告。

Start with `gathering.py`.
"""
