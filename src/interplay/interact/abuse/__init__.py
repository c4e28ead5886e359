"""Abuse control 反作弊: caps by device and address, who looks like a farm, a challenge, and why, for staff. 风控。

`contracts.py` has what a campaign says of it, `rules.py` who is suspected, `screening.py` what a play goes through.
"""
