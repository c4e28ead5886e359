"""Everything countable changes hands here: points, coupons, stock, limits, groups; each by one Act, exactly once.

交付。Start with `contracts.py` (what an Act is), then `running.py` (how it is run); others use `api.py`.
"""
