"""Stores and the devices in them: where, when they are open, who works there, and the keys of their tills.

门店与收银设备。Start with `api.py`.
"""
