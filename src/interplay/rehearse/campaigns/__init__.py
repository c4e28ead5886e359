"""A first rehearsal of a campaign: many simulated plays through the same code, with another secret. 活动预演。

Start with `api.py`.
"""
