"""Interplay: an interactive marketing platform that joins online and offline.

互动：线上线下一体的互动营销平台。Start with `interplay.open(DIR)` in a notebook, or with `docs/architecture.md`.
"""
