"""Consent: what a customer has agreed to, by purpose and channel; facts say it, a document says what holds without.

同意。Start with `contracts.py`; which statement counts is in `rules.py`.
"""
