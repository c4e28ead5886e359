"""Experiments: what a campaign brought beyond its holdout, and how sure that is. 活动效果。

Start with `contracts.py` for what can be asked, `api.py` for how it is answered, `differences.py` for the statistics.
"""
