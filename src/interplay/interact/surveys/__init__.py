"""Surveys: what a form asks, which of it somebody sees, and what is wrong with an answer. 问卷。

Pure: no clock, no tables. `contracts.py` says what a form is; the mechanics `survey` and `quiz` play it.
"""
