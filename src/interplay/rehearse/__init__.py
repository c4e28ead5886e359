"""What would happen? Worlds with a known truth, run before customers meet the real one.

预演：在虚拟世界里先走一遍。Start with `brand/api.py`, the demo's coffee chain.
"""
