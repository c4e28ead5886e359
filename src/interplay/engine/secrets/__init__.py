"""Keys: one per subject, so that a person's bodies can be made unreadable; and those of the doors.

密钥。Start with `subject_keys.py`; the keys of the API are in `api_keys.py`.
"""
