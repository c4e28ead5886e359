"""A crowd at a campaign, honest people and cheats, so that abuse control can be measured against the truth. 模拟人群。

`api.py` tells who comes when, `contracts.py` what is known of each of them.
"""
