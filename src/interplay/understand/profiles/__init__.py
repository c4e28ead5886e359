"""Customer profiles: one customer's identifiers, traits and timeline, as of any instant.

用户画像。Start with `api.py`.
"""
