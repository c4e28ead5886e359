"""Segments: rules about customers, as documents; counted, listed and explained as of any instant.

分群。Start with `api.py`; the words a brand may use in criteria are in `vocabulary.py`.
"""
