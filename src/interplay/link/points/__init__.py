"""Points and other units: earned by rules, spent, refunded, expired, adjusted, and closed by month.

积分。Start with `api.py`; what rules give is in `rules.py`.
"""
