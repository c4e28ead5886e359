"""A season of campaigns in simulated time: a code under each cap, friends, a board, and a gift with a holdout. 活动季。

`api.py` plays it, `people.py` is what people do, `counting.py` what came of it.
"""
