"""A simulated brand: a coffee chain whose customers, and the truth about them, are known.

模拟品牌「山间咖啡」：谁是谁、买了什么，全部已知。Start with `api.py`; what the brand is stands in `coffee.yaml`.
"""
