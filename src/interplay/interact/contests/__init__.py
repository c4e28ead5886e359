"""Contests: what customers enter, its photos and words, and whether it is shown. 作品征集与评选。

`contracts.py` has the values, `api.py` what can be done. How an entry wins is `interact/mechanics/contest.py`.
"""
