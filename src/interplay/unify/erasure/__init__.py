"""The right to be forgotten: one customer leaves every table, every file and every copy of them.

删除权。Start with `api.py`; what each slice knows of a customer is its `CustomerData` (`engine/log/customer_data.py`).
"""
