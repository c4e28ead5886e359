"""Delivery: what waits in the outbox is brought to addresses of others over HTTP, signed by Standard Webhooks.

投递。Start with `sender.py`; what may be called is in `addresses.py`, the signature in `signing.py`.
"""
