"""Order files of tills that only export: what was sold is kept, what was used is redeemed, the rest is asked about.

收银订单文件。Start with `api.py`; what is done about one order is in `settling.py`.
"""
