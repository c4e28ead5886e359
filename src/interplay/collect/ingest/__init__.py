"""The doors' pure part: what senders post becomes facts, or a reject that says why.

各种数据入口：把收到的字节变成事实，或说明原因的拒收。Start with `contracts.py`, then `segment.py` and `sensors.py`.
"""
