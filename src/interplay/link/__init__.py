"""Online ⇄ offline: stores and their devices, members and their cards, customer sessions.

线上线下打通：门店、会员与顾客会话。Each folder is a slice; start with its `api.py`.
"""
