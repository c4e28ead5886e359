"""`interplay demo`: the simulated coffee chain, sent through the real doors of a running server, beside the truth.

演示：模拟的咖啡连锁品牌，经真实入口发送，并与真相对照。Start with `command.py`.
"""
