"""Attribution: which touches are credited with conversions, by several models side by side. 归因。

Start with `contracts.py`; the models are in `models.py`.
"""
