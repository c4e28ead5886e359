"""Members: joining, the number of the card, and the code that she shows at the till.

会员与会员码。Start with `api.py`.
"""
