"""At the right time: what follows by itself from what happened.

自动化。Start with `webhooks/api.py`.
"""
