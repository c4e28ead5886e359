"""The outbox: what shall happen outside, written with the change that wants it, handed over afterwards.

发件箱。Start with `api.py`.
"""
