"""Coupons: templates as documents, coupons as units that acts give, use, hand on and take back; and the till's doors.

优惠券：模板、发放、领取、转赠、核销与退回。Start with `contracts.py`, then `rules.py`.
"""
