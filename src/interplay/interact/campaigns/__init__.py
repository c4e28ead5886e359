"""Campaigns: a goal, a period, prizes, and the mechanics that customers play for them. 营销活动。

`contracts.py` has the document, `running.py` its states, `playing.py` what a play goes through.
"""
