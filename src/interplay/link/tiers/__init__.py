"""Tiers: ladders of what a customer was given of a unit, held for a while once reached.

会员等级。Start with `api.py`.
"""
