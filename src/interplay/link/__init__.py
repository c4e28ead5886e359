"""How does online meet offline? Members, points, tiers, coupons and stores, the same on the web and at the till.

连接线上与线下。Start with `members` and `quotes`.
"""
