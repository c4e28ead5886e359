"""Identity resolution: the versioned map `customer_of(subject)`, a fold over the log.

统一身份（OneID）。Start with `api.py`; when subjects join is in `rules.py`.
"""
