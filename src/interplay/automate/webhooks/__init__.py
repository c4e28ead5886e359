"""Webhooks: what happens here is told to other systems, signed, once or more than once but never not at all.

网络钩子。Start with `api.py`; which facts are told is in `watching.py`, what is told of them in `telling.py`.
"""
