"""Live segments: who is in which, kept true as facts come and as time passes, and told as facts.

实时分群。Start with `contracts.py`, then `following.py`.
"""
