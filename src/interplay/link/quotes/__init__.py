"""Quotes: what a basket costs with its promotions, coupons and points, line by line, and why.

报价。Start with `api.py`; the pipeline is stated in `rules.py`. Pure: nothing is given here, an act does that.
"""
