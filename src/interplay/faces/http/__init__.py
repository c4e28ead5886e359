"""HTTP: the doors for facts, the management API under `/api`, health and metrics.

HTTP 接口。Start with `app.py`; `doors.py` takes the facts.
"""
