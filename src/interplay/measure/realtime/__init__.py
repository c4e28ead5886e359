"""What happens just now: counters and rates of the last minutes. 实时。

Start with `api.py`.
"""
