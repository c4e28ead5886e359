"""Surveys: what a form asks, which of it somebody sees, and what is wrong with an answer. 问卷。

Pure, but for `results.py`, which counts answers in the warehouse. `contracts.py` says what a form is; the mechanics
`survey` and `quiz` play it.
"""
